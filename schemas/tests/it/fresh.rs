//! What is committed is what would be generated.

use std::path::Path;

#[test]
fn every_generated_file_is_as_it_would_be_generated_now() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let outputs = roomwire_schemas::generate::outputs(&root).unwrap();
    assert!(!outputs.is_empty());
    for output in outputs {
        let path = root.join(&output.path);
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == output.content,
            "{} is stale: run `{}` and commit what it writes",
            output.path.display(),
            roomwire_schemas::COMMAND
        );
    }
}
