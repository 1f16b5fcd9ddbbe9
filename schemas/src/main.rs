//! Writes every generated file of the repository: `cargo run -p roomwire-schemas`.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let written =
        roomwire_schemas::generate::outputs(&root).map_err(|error| error.to_string()).and_then(|outputs| {
            outputs.iter().try_for_each(|output| {
                let path = root.join(&output.path);
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder)
                        .map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
                }
                std::fs::write(&path, &output.content)
                    .map_err(|e| format!("cannot write {}: {e}", path.display()))
            })
        });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "this is the program's one message")]
            {
                eprintln!("roomwire-schemas: {error}");
            }
            ExitCode::FAILURE
        }
    }
}
