//! `roomwire run` saves what failed, and `roomwire replay` plays it again or judges it again.

use std::process::Command;

use crate::faults;
use crate::suite::reference_server;

/// Calls the program in a folder of its own, and gives the exit code and what it printed.
async fn call(folder: &std::path::Path, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomwire"));
    command.args(words).current_dir(folder);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_run_saves_fails_again_live_and_offline_and_passes_on_a_right_server() {
    let server = reference_server().await;
    let fault = faults::all().find(|fault| fault.breaks.first() == Some(&"CHAT-3"));
    let proxy = faults::start(Some(fault.unwrap()), server.local_addr()).await.unwrap();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("replay");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let url = proxy.url();
    let words = ["run", "--case", "generated/concurrent", "--histories", "30", "--seed", "5", &url];
    let (code, out, _) = call(&folder, &words).await;
    assert_eq!(code, 1, "{out}");
    let repeat = out.lines().find_map(|line| line.trim().strip_prefix("repeat")).unwrap().trim();
    assert!(repeat.starts_with("roomwire replay roomwire-failures/generated-concurrent-"), "{out}");
    let file = repeat.split(' ').nth(2).unwrap();
    let (code, out, _) = call(&folder, &["replay", file, &url]).await;
    assert_eq!(code, 1, "{out}");
    let (code, out, _) = call(&folder, &["replay", "--offline", file]).await;
    assert_eq!(code, 1, "{out}");
    let (code, out, _) = call(&folder, &["replay", "--tries", "3", file]).await;
    assert_eq!(code, 0, "{out}");
    std::fs::write(folder.join("half.ndjson"), &std::fs::read(folder.join(file)).unwrap()[..900]).unwrap();
    let (code, _, err) = call(&folder, &["replay", "--offline", "half.ndjson"]).await;
    assert_eq!(code, 2);
    assert!(err.contains("half.ndjson: it is cut off"), "{err}");
    let (code, _, err) = call(&folder, &["replay", "--offline", "nowhere.ndjson"]).await;
    assert!(code == 2 && err.contains("error: nowhere.ndjson: it cannot be read: "), "{err}");
    let (code, ..) = call(&folder, &["replay", file, "ws://127.0.0.1:9"]).await;
    assert_eq!(code, 4);
}
