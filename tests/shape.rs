//! Shapes with known answers: boxes, rods and rings around straight, tilted and curved cords.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod shape_parts;
use shape_parts::*;

#[test]
fn explore() {
    let tilt = |about_x, about_y| Course::Straight { about_x, about_y, moved: [0.0; 3] };
    for (name, body) in
        [("box", dorsal_box as Body), ("half", half_ring), ("quarter", quarter_ring), ("rod", right_rod)]
    {
        for (how, course, sampling) in [
            ("iso", UPRIGHT, &ISO),
            ("sag", UPRIGHT, &SAGITTAL),
            ("ax", UPRIGHT, &AXIAL),
            ("tx30", tilt(30.0, 0.0), &WIDE),
            ("tx5", tilt(5.0, 0.0), &WIDE),
            ("tx10", tilt(10.0, 0.0), &WIDE),
            ("ty10", tilt(0.0, 10.0), &WIDE),
            ("tz20", UPRIGHT, &Sampling { turned: 20.0, ..WIDE }),
            ("tz5", UPRIGHT, &Sampling { turned: 5.0, ..WIDE }),
            ("tz5x5", tilt(5.0, 0.0), &Sampling { turned: 5.0, ..WIDE }),
            ("sagz5", tilt(5.0, 0.0), &Sampling { turned: 5.0, ..SAGITTAL }),
            ("txy", tilt(20.0, 12.0), &WIDE),
            ("arc80", Course::Arc { radius: 80.0 }, &WIDE),
        ] {
            let t = std::time::Instant::now();
            let s = measured(course, sampling, body);
            let e = s.extent.unwrap();
            let d = s.displacement.unwrap();
            println!(
                "{name:8}{how:6} vol {:7.1} len {:5.2} [{:.1} {:.1}] ap {:.2} lr {:.2} sec {:?} {} occ {:.3} {:.3} {:.3} disp {:.2} out {:.3} at {:?} {:?}",
                s.volume_mm3,
                e.length_mm,
                e.lower.along_mm,
                e.upper.along_mm,
                s.thickness_ap.unwrap().value,
                s.thickness_lr.unwrap().value,
                s.sectors
                    .map(|s| [s.ventral, s.dorsal, s.left, s.right].map(|v| (v * 1000.0).round() / 1000.0))
                    .unwrap(),
                s.position.unwrap(),
                s.occupancy_area.unwrap().value,
                s.occupancy_ap.unwrap().value,
                s.occupancy_midline.unwrap().value,
                d.mm,
                s.outside_canal.unwrap(),
                s.thickness_ap.unwrap().place.world_mm.map(f64::round),
                t.elapsed()
            );
        }
    }
}
