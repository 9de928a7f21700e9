//! Puts the viewer's bundle into the command, where the feature `viewer` asks for it.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let bundle = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../viewer/dist/viewer.js");
    println!("cargo::rerun-if-changed=build.rs");
    let mut text = String::new();
    if env::var_os("CARGO_FEATURE_VIEWER").is_some() {
        println!("cargo::rerun-if-changed={}", bundle.display());
        match fs::read_to_string(bundle) {
            Ok(found) => text = found,
            Err(error) => println!(
                "cargo::warning=the command is built without its viewer: viewer/dist/viewer.js could not be read ({}); run `npm ci && npm run build` in `viewer/` first",
                error.kind()
            ),
        }
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("viewer.js"), text)?;
    Ok(())
}
