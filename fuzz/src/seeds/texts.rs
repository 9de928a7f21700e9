//! Texts: built-in profiles and schemes, examples of every form, reports of `testdata/`.

use std::{fs, path::Path};

use hemastage::{Criteria, level::Scheme};

use crate::Seeds;

const SIDECARS: [&str; 3] = [
    r#"{"MagneticFieldStrength": 3, "ScanningSequence": "GR_IR", "SequenceVariant": "SK_SP_MP", "ScanOptions": "IR",
        "SequenceName": "_tfl3d1_16", "EchoTime": 0.00372, "RepetitionTime": 2, "InversionTime": 1, "FlipAngle": 9,
        "MRAcquisitionType": "3D", "AcquisitionDateTime": "2031-05-06T12:33:07.0325"}"#,
    r#"{"ScanningSequence": ["SE", "IR"], "EchoTime": "0.1", "RepetitionTime": 4, "EchoTrainLength": 17,
        "AcquisitionDate": "20310506", "AcquisitionTime": "12:33:7.0", "ImageType": ["ORIGINAL", "WATER"]}"#,
    r#"{"PulseSequenceName": "tse2d1_17", "ContrastBolusIngredient": "GADOLINIUM", "MagneticFieldStrength": 15000}"#,
];

const LANDMARKS: [&str; 4] = [
    r#"[{"level":"C3","x":1,"y":2.5,"z":80},{"level":"th1","x":-1,"y":2,"z":-30,"note":"x"}]"#,
    r#"{"c3": [1, 2.5, 80], "C4": [0, 2, 60], "C5": [0, 2, 40], "C6": [0, 2, 20], "sacrum": [-1, 2, -30]}"#,
    "level,x,y,z\nC3,1,2.5,80\nC4,-1,2,60\nC5,0,2,40\n",
    "\u{feff}Level;X;Y;Z\r\nC3;1;2.5;70\r\n\r\nT1;-1;2;-3e1\r\n",
];

const SPANS: [&str; 8] =
    ["C3–T1", "C3-7", "T6/7 to L2/3", "T2–T6; T12–L1", "T11-L2; T13", "d5-Th8, L5/S1", "C2/C3", "sacrum"];

const SHORT: [&str; 12] = [
    "36h",
    "1.5 d",
    "90min",
    "1e2w",
    "2031-05-06T08:30",
    "2031-05-06T08:30:07",
    "hyper,hypo",
    "late_subacute",
    "seg.nii.gz:3,4",
    "folder#5.2:1",
    "1.2.840.113619.2",
    "*tse2d1_17",
];

const MANIFESTS: [&str; 4] = [
    "study,t1,t2,hematoma,cord,onset,canal\na,t1.nii,t2.nii,h.nii:3,c.nii,36h;2d,\n\"b\",x/1,x/2,Grabowski.nii,c.nii,,k.nii\n",
    "sep=;\nstudy;Image;t2;Mask;Label;reference_t1;reference_t2\na;1.nii;2.nii;m.nii;3.0;412,14;300\n",
    "study\tt1\tt2\thematoma\treference\treference-tissue\tscheme\tvertebrae\tsmooth\na\t1\t2\t3\t4\tmuscle\tverse\tv.nii\tnone\n",
    "Study,T1,T2,hematoma,cord,criteria,thresholds-t1,allow_unoriented,landmarks,t2_volume\na,1,2,3,4,spinal,\"0.7,1.2\",true,l.csv,1.0\n",
];

pub(crate) fn make() {
    let all = |target: &str, texts: &[&str]| {
        let seeds = Seeds::of(target);
        texts.iter().for_each(|text| seeds.add(text.as_bytes()));
    };
    all("sidecar", &SIDECARS);
    all("landmarks", &LANDMARKS);
    all("span", &SPANS);
    all("onset", &SHORT);
    let criteria: Vec<&str> =
        Criteria::built_in_names().map(|name| Criteria::built_in_toml(name).unwrap()).collect();
    all("criteria", &criteria);
    let schemes: Vec<&str> =
        Scheme::built_in_names().map(|name| Scheme::built_in_toml(name).unwrap()).collect();
    all("scheme", &schemes);
    let manifests = Seeds::of("manifest");
    for text in MANIFESTS {
        manifests.with_options(&[0], text.as_bytes());
        manifests.with_options(&[1], text.as_bytes());
    }
    let reports = Seeds::of("report");
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    for study in ["acute-oblique", "late-subacute", "mixed"] {
        let report = fs::read_to_string(testdata.join(study).join("report.json")).unwrap();
        let value: serde_json::Value = serde_json::from_str(&report).unwrap();
        reports.add(value.to_string().as_bytes());
    }
    let studies = Seeds::of("study");
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        studies.add(&(0..900).map(|_| random.u8(..)).collect::<Vec<_>>());
    }
}
