//! `phantom`: writes a synthetic study with exact truth.

use std::{io::Write, path::PathBuf};

use clap::{Args, ValueEnum};
use hemastage::{io::output::OutputFolder, stage::Stage};
use hemastage_phantom::{
    Collection, Compartment, Direction, Enhancement, Extent, FieldStrength, GridSpec, Layout, PhantomOptions,
    Sequence, Side, phantom,
};

use crate::{
    failure::{Failure, Outcome},
    interrupt,
    lines::line,
    progress::Progress,
    stage::overwrite,
    values::{self, Snr},
};

/// Options of `phantom`.
#[derive(Debug, Args)]
#[command(after_help = "Example, acute above late subacute blood:
  hemastage phantom --stage acute,late_subacute --from C3 --to T1 --shading 1.5 -o study")]
pub(crate) struct PhantomArgs {
    /// Folder for the study
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Replace existing files
    #[arg(long)]
    force: bool,
    /// Seed of the noise and of the collection's small irregularities
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Stages of the blood
    #[arg(long, value_name = "NAME[,NAME]...", value_delimiter = ',', default_value = "hyperacute")]
    stage: Vec<Stage>,
    /// Arrangement of several stages
    #[arg(long, value_name = "HOW", default_value = "along")]
    layout: LayoutKind,
    /// Share of each stage, in the order of the stages [default: equal; spots 0.25]
    #[arg(long, value_name = "SHARE[,SHARE]...", value_delimiter = ',')]
    shares: Vec<f64>,
    /// First vertebra, C1 to S1
    #[arg(long, value_name = "LEVEL", default_value = "C4")]
    from: String,
    /// Last vertebra, C1 to S1
    #[arg(long, value_name = "LEVEL", default_value = "C7")]
    to: String,
    /// Position around the cord
    #[arg(long, value_name = "SIDE", default_value = "dorsal")]
    side: SideKind,
    /// Space that the blood fills
    #[arg(long, value_name = "SPACE", default_value = "epidural")]
    compartment: CompartmentKind,
    /// Largest thickness of the blood in mm
    #[arg(long, value_name = "MM", default_value_t = 4.5)]
    thickness: f64,
    /// Field strength in tesla
    #[arg(long, value_name = "TESLA", default_value = "1.5")]
    field: Field,
    /// Signal-to-noise ratio of the cord, or `none` for no noise
    #[arg(long, value_name = "RATIO", default_value = "25")]
    snr: Snr,
    /// Largest over smallest coil sensitivity along the canal; 1 is uniform
    #[arg(long, value_name = "RATIO", default_value_t = 1.0)]
    shading: f64,
    /// Voxel grid
    #[arg(long, value_name = "GRID", default_value = "thick")]
    grid: Grid,
    /// Voxel sizes along the grid's own axes, instead of the grid's
    #[arg(long, value_name = "MM,MM,MM", value_parser = values::lengths)]
    spacing: Option<[f64; 3]>,
    /// Field of view along the grid's own axes, instead of the grid's
    #[arg(long, value_name = "MM,MM,MM", value_parser = values::lengths)]
    fov: Option<[f64; 3]>,
    /// Rotation of the grid about x, then y, then z, in degrees
    #[arg(long, value_name = "DEG,DEG,DEG", value_parser = values::angles, allow_hyphen_values = true)]
    tilt: Option<[f64; 3]>,
    /// Directions in which i, j and k grow, such as `PIR`, instead of the grid's
    #[arg(long, value_name = "AXES", value_parser = values::axes)]
    axes: Option<[Direction; 3]>,
    /// Voxel grid of T1 alone [default: that of T2 and the masks]
    #[arg(long, value_name = "GRID")]
    t1_grid: Option<Grid>,
    /// Rotation of the T1 grid, instead of --tilt
    #[arg(long, value_name = "DEG,DEG,DEG", value_parser = values::angles, allow_hyphen_values = true)]
    t1_tilt: Option<[f64; 3]>,
    /// Directions in which the axes of the T1 grid grow, instead of --axes
    #[arg(long, value_name = "AXES", value_parser = values::axes)]
    t1_axes: Option<[Direction; 3]>,
    /// Amplitude of lordosis and kyphosis in mm
    #[arg(long, value_name = "MM", default_value_t = 18.0)]
    lordosis: f64,
    /// Amplitude of scoliosis in mm
    #[arg(long, value_name = "MM", default_value_t = 3.0)]
    scoliosis: f64,
    /// Add a T1 after contrast agent, with this part of the blood enhancing
    #[arg(long, value_name = "PART")]
    t1_post: Option<PartKind>,
    /// Where that T1 lies relative to the T1 before it: to the right, front and head
    #[arg(long, value_name = "MM,MM,MM", value_parser = values::offsets, allow_hyphen_values = true,
          requires = "t1_post")]
    t1_post_shift: Option<[f64; 3]>,
    /// Add a T2*-weighted image, with or without a dark rim of hemosiderin
    #[arg(long, value_name = "RIM")]
    t2star: Option<RimKind>,
    /// Add a fat-suppressed T1, and the fat and the water image of the T1
    #[arg(long)]
    fat_images: bool,
    /// Repetition and echo time of T1 in ms
    #[arg(long, value_name = "TR,TE", default_value = "550,10", value_parser = values::sequence)]
    t1_sequence: Sequence,
    /// Repetition and echo time of T2 in ms
    #[arg(long, value_name = "TR,TE", default_value = "3500,100", value_parser = values::sequence)]
    t2_sequence: Sequence,
}

/// Arrangement of several stages.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LayoutKind {
    /// One below the other, the first on top
    Along,
    /// In shells, the first outermost
    Layered,
    /// Spots of the second stage in the first
    Focal,
}

/// Position around the cord.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SideKind {
    /// Behind the cord
    Dorsal,
    /// In front of the cord
    Ventral,
    /// On the patient's left
    Left,
    /// On the patient's right
    Right,
}

/// The part of the blood that contrast agent reaches.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum PartKind {
    /// No part
    None,
    /// A rim of 1 mm
    Rim,
    /// The inside, in the middle of the length
    Central,
    /// All of it
    Whole,
}

/// The rim of the blood on T2*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RimKind {
    /// As the rest
    Plain,
    /// Dark
    Dark,
}

/// Space that the blood fills.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CompartmentKind {
    /// From the wall of the canal inward
    Epidural,
    /// From the dura inward
    Intrathecal,
}

/// Field strength in tesla.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Field {
    /// 1.5 T
    #[value(name = "1.5")]
    Low,
    /// 3 T
    #[value(name = "3")]
    High,
}

/// Voxel grid of images and masks.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Grid {
    /// Sagittal slices of 4 mm with pixels of 0.6 mm
    Thick,
    /// 1 mm in every direction
    Isotropic,
    /// Axial slices of 4 mm with pixels of 0.7 mm
    Axial,
    /// Small and coarse, for quick trials
    Small,
}

/// Makes a study and writes all of its files, or none.
pub(crate) fn run(args: &PhantomArgs) -> Outcome {
    let options = options(args)?;
    let names = options.file_names();
    let mut output = OutputFolder::create(&args.output, &names, overwrite(args.force))?;
    interrupt::guard(&output)?;
    {
        let progress = Progress::start("making the study");
        let study = phantom(&options)?;
        progress.set("writing");
        study.add_to(&mut output)?;
    }
    interrupt::complete(output)?;
    let mut out = anstream::stdout().lock();
    line(&mut out, "written", &names.join(", "))?;
    Ok(out.flush()?)
}

pub(crate) fn options(args: &PhantomArgs) -> Outcome<PhantomOptions> {
    let side = match args.side {
        SideKind::Dorsal => Side::Dorsal,
        SideKind::Ventral => Side::Ventral,
        SideKind::Left => Side::Left,
        SideKind::Right => Side::Right,
    };
    let compartment = match args.compartment {
        CompartmentKind::Epidural => Compartment::Epidural,
        CompartmentKind::Intrathecal => Compartment::Intrathecal,
    };
    let field = match args.field {
        Field::Low => FieldStrength::T1_5,
        Field::High => FieldStrength::T3,
    };
    let blood = Collection::new(Extent::levels(&args.from, &args.to)?)
        .with_side(side)
        .with_compartment(compartment)
        .with_thickness_mm(args.thickness)
        .with_layout(layout(args)?);
    let options = PhantomOptions::default()
        .with_seed(args.seed)
        .with_collections([blood])
        .with_field(field)
        .with_shading(args.shading)
        .with_lordosis_mm(args.lordosis)
        .with_scoliosis_mm(args.scoliosis)
        .with_sequences(args.t1_sequence, args.t2_sequence)
        .with_grids(grid(args, args.grid, args.tilt, args.axes))
        .with_t1_grid(grid(
            args,
            args.t1_grid.unwrap_or(args.grid),
            args.t1_tilt.or(args.tilt),
            args.t1_axes.or(args.axes),
        ));
    let options = match args.t1_post {
        Some(part) => options.with_t1_post(part.into(), args.t1_post_shift.unwrap_or_default()),
        None => options,
    };
    let options = match args.t2star {
        Some(rim) => options.with_t2star(rim == RimKind::Dark),
        None => options,
    };
    let options = if args.fat_images { options.with_fat_images() } else { options };
    Ok(match args.snr {
        Snr::Ratio(ratio) => options.with_snr(ratio),
        Snr::NoNoise => options.without_noise(),
    })
}

impl From<PartKind> for Enhancement {
    fn from(part: PartKind) -> Self {
        match part {
            PartKind::None => Self::None,
            PartKind::Rim => Self::Rim,
            PartKind::Central => Self::Central,
            PartKind::Whole => Self::Whole,
        }
    }
}

/// A preset with the options' voxel sizes and field of view, turned.
fn grid(args: &PhantomArgs, preset: Grid, tilt: Option<[f64; 3]>, axes: Option<[Direction; 3]>) -> GridSpec {
    let mut grid = match preset {
        Grid::Thick => GridSpec::thick_sagittal(),
        Grid::Isotropic => GridSpec::isotropic(),
        Grid::Axial => GridSpec::axial(),
        Grid::Small => GridSpec::small(),
    };
    let view: [f64; 3] = std::array::from_fn(|axis| grid.shape[axis] as f64 * grid.spacing_mm[axis]);
    if let Some(spacing) = args.spacing {
        grid = grid.with_spacing_mm(spacing);
    }
    if args.spacing.is_some() || args.fov.is_some() {
        grid = grid.with_fov_mm(args.fov.unwrap_or(view));
    }
    if let Some(axes) = axes {
        grid = grid.reordered(axes);
    }
    grid.with_tilt_deg(tilt.unwrap_or(grid.tilt_deg))
}

fn layout(args: &PhantomArgs) -> Outcome<Layout> {
    let stages = &args.stage;
    if !args.shares.is_empty() && args.shares.len() != stages.len() {
        return Err(Failure::usage(format!(
            "--shares has {} numbers but --stage {} names: expected one share per stage",
            args.shares.len(),
            stages.len()
        )));
    }
    if let [stage] = stages.as_slice() {
        return Ok(Layout::Single(*stage));
    }
    let share = |n: usize| args.shares.get(n).copied();
    let parts = || stages.iter().enumerate().map(|(n, &stage)| (stage, share(n).unwrap_or(1.0))).collect();
    match (args.layout, stages.as_slice()) {
        (LayoutKind::Along, _) => Ok(Layout::Along(parts())),
        (LayoutKind::Layered, _) => Ok(Layout::Layered(parts())),
        (LayoutKind::Focal, &[ground, spots]) => {
            let fraction = share(0).zip(share(1)).map_or(0.25, |(ground, spots)| spots / (ground + spots));
            Ok(Layout::Focal { ground, spots, fraction })
        }
        (LayoutKind::Focal, _) => Err(Failure::usage(format!(
            "--layout focal with {} stages: expected two, the ground and the spots",
            stages.len()
        ))),
    }
}
