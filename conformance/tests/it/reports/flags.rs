//! The flags that are about reports, by the program itself.

use std::fs;
use std::path::PathBuf;

use roomwire_conformance::record_file::Record as RecordFile;

use crate::cli::{call, scratch};
use crate::faults;
use crate::suite::reference_server;

/// A folder or a file of this test run that is not there yet.
fn fresh(name: &str) -> String {
    let path = scratch(name);
    let _ = fs::remove_dir_all(&path);
    let _ = fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}

fn file(name: &str, text: &str) -> String {
    let path = fresh(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn reports_are_rendered_and_compared_when_the_run_is_over() {
    let text = super::recorded();
    let whole = file("whole.ndjson", &text);
    let torn = file("torn.ndjson", &text[..text.len() - 20]);
    let none = file("none.ndjson", "hello\n");
    for kind in ["human", "junit", "tap", "html", "markdown", "github"] {
        let (code, out, err) = call(&["report", "render", kind, &whole]);
        assert_eq!((code, err.as_str()), (0, ""), "{kind}");
        assert!(out.contains("rooms/mended"), "{kind}");
        let (code, out, err) = call(&["report", "render", kind, &torn]);
        assert_eq!(code, 5, "{kind}: the run had an error of the runner itself");
        assert!(err.contains("is cut off") && out.contains("cut off"), "{kind}: {err}");
    }
    assert_eq!(call(&["report", "diff", &whole, &whole]).0, 0);
    assert_eq!(call(&["report", "diff", &whole, &torn]).0, 3);
    assert_eq!(call(&["report", "matrix", &whole, &whole]).0, 0);
    assert!(call(&["report", "matrix", "--by", "cases", "--format", "html", &whole]).1.contains("<table>"));
    assert!(call(&["report", "badge", &whole]).1.starts_with("<svg "));
    let (code, _, err) = call(&["report", "render", "tap", &none]);
    assert!(code == 2 && err.contains("this is no NDJSON report: line 1"), "{err}");
    assert_eq!(call(&["report", "render", "tap", "/nowhere/at/all"]).0, 2);
}

#[test]
fn a_known_failure_has_to_fail_and_a_list_has_to_be_meant() {
    let unknown = file("unknown.txt", "\nhartbeat/may-be-the-first-frame\n");
    let id = "heartbeat/may-be-the-first-frame";
    let (code, _, err) = call(&["run", "--known-failures", &unknown]);
    assert!(code == 2 && err.contains("line 2") && err.contains(&format!("did you mean {id}")), "{err}");
    assert_eq!(call(&["run", "--known-failures", "/nowhere"]).0, 2);
    let listed = file("listed.txt", &format!("{id} # issue 12\n"));
    let (code, out, err) = call(&["run", "--case", id, "--known-failures", &listed]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("known failures that pass") && out.contains(&format!("{id}  # issue 12")), "{out}");
    assert!(out.contains("1 known failure passes, and has to leave the list"), "{out}");
    // A kind of generated programs may pass by luck.
    let kind = file("kind.txt", "generated/hostile # issue 13\n");
    let words = ["run", "--case", "generated/hostile", "--histories", "2", "--known-failures", &kind];
    let (code, out, err) = call(&words);
    assert!(code == 0 && !out.contains("has to leave the list"), "{out}{err}");
    let unknown = file("unknown-kind.txt", "generated/hostyle\n");
    let (code, _, err) = call(&["run", "--known-failures", &unknown]);
    assert!(code == 2 && err.contains("did you mean generated/hostile"), "{err}");
}

#[test]
fn all_reports_of_a_run_are_written_at_once() {
    let paths = ["a.ndjson", "a.xml", "a.tap", "a.html", "a.md", "a.gh"].map(fresh);
    let kinds = ["json", "junit", "tap", "html", "markdown", "github"];
    let mut words = vec!["run".to_owned(), "--case".into(), "heartbeat/may-be-the-first-frame".into()];
    for (kind, path) in kinds.iter().zip(&paths) {
        words.extend(["--report".into(), format!("{kind}={path}")]);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(call(&words).0, 0);
    for (kind, path) in kinds.iter().zip(&paths).skip(1) {
        let written = fs::read_to_string(path).unwrap();
        let (_, rendered, _) = call(&["report", "render", kind, &paths[0]]);
        assert!(!written.is_empty());
        assert_eq!(written, rendered, "{kind}");
    }
}

#[test]
fn golden_transcripts_are_written_kept_and_compared() {
    let folder = fresh("golden");
    let run = |more: &[&str]| {
        let words = ["run", "--case", "heartbeat/may-be-the-first-frame", "--snapshots", &folder];
        call(&[&words[..], more].concat())
    };
    let (code, _, err) = run(&[]);
    assert!(code == 2 && err.contains("--update-snapshots makes it"), "{err}");
    let (code, out, _) = run(&["--update-snapshots"]);
    assert!(code == 0 && out.contains("1 case has no snapshot yet; written"), "{out}");
    let path = PathBuf::from(&folder).join("heartbeat/may-be-the-first-frame.txt");
    let golden = fs::read_to_string(&path).unwrap();
    assert!(golden.contains("\nann connects\n"), "{golden}");
    let (code, out, _) = run(&["--strict"]);
    assert!(code == 0 && !out.contains("snapshot"), "{out}");

    // What somebody has accepted is another thing, one file is of no case, and one is not ours.
    fs::write(&path, golden.replace("ann connects", "ann connects twice")).unwrap();
    let gone = PathBuf::from(&folder).join("heartbeat/gone.txt");
    fs::write(&gone, golden.replace("may-be-the-first-frame", "gone")).unwrap();
    let notes = PathBuf::from(&folder).join("heartbeat/notes.txt");
    fs::write(&notes, "ours").unwrap();
    let (code, out, _) = run(&[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("-ann connects twice\n") && out.contains("+ann connects\n"), "{out}");
    assert!(out.contains("1 snapshot is of no case any more; --update-snapshots mends that"), "{out}");
    let (code, out, _) = run(&["--strict"]);
    assert!(code == 1 && out.contains("fails, by --strict: 1 case went another way"), "{out}");
    assert_eq!(run(&["--update-snapshots", "--strict"]).0, 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), golden);
    assert!(!gone.exists() && notes.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_measure_counts_verified_deliveries_and_spares_others() {
    let server = reference_server().await;
    let fault = |name: &str| faults::all().find(|fault| fault.name == name).unwrap();
    let words = ["bench", "--members", "3", "--chats", "20", "--window", "4", "--json"];
    let measure = async |url: String| {
        let task = tokio::task::spawn_blocking(move || call(&[&words[..], &[&url]].concat()));
        task.await.unwrap()
    };
    let (code, out, err) = measure(server.url()).await;
    assert_eq!(code, 0, "{err}");
    let measured: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&measured["quiet"]["deliveries"], &measured["busy"]["deliveries"]), (&60.into(), &60.into()));
    assert!(measured["busy"]["p99Us"].as_u64() >= measured["busy"]["p50Us"].as_u64());
    for name in ["chat-doubled", "every-third-chat-lost"] {
        let faulty = faults::start(Some(fault(name)), server.local_addr()).await.unwrap();
        let (code, _, err) = measure(faulty.url()).await;
        assert!(
            code == 1 && ["lost", "a chat too many"].iter().any(|why| err.contains(why)),
            "{name}: {code} {err}"
        );
    }
    let (code, _, err) = measure("ws://192.0.2.1:8017".into()).await;
    assert!(code == 2 && err.contains("--remote"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transcripts_are_saved_as_records_of_the_cases_that_do_not_pass() {
    let folder = fresh("transcripts");
    let server = reference_server().await;
    let fault = faults::all().find(|fault| fault.name == "ping-unanswered").unwrap();
    let faulty = faults::start(Some(fault), server.local_addr()).await.unwrap();
    let (url, into) = (faulty.url(), folder.clone());
    let (fails, passes) = ("transport/ping-is-answered", "heartbeat/may-be-the-first-frame");
    let run = move || call(&["run", "--case", fails, "--case", passes, "--transcripts", &into, &url]);
    let (code, out, err) = tokio::task::spawn_blocking(run).await.unwrap();
    assert_eq!(code, 1, "{out}{err}");
    let saved = fs::read_dir(&folder).unwrap().map(|entry| RecordFile::load(&entry.unwrap().path()).unwrap());
    let saved: Vec<_> = saved.map(|record| record.header.case).collect();
    assert_eq!(saved, [fails]);
}
