//! Tries in files: what was written is read back the same, and what was not written like that is refused with words.

use roomwire_conformance::catalog;
use roomwire_conformance::record_file::{Record, RecordError};
use roomwire_conformance::verdict::Verdict;

use crate::faults;
use crate::suite::{judge, reference_server};

/// A failing try, as a file.
async fn failing_record() -> String {
    let server = reference_server().await;
    let fault = faults::all().next();
    let proxy = faults::start(fault, server.local_addr()).await.unwrap();
    let fault = fault.unwrap();
    let mut cases = catalog::cases();
    cases.retain(|case| case.requirements.iter().any(|id| fault.breaks.contains(id)));
    let judged = judge(&proxy.url(), &cases).await;
    let failed = judged.finished.iter().find(|case| case.verdict == Verdict::Fail).unwrap();
    let about = cases.iter().find(|case| case.id == failed.id).map(|case| case.about.clone()).unwrap();
    let record = Record::of_case(failed, &about, "a fault").unwrap();
    let mut bytes = Vec::new();
    record.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_try_is_read_back_and_judged_again_with_the_same_findings() {
    let text = failing_record().await;
    let record = Record::read(&text).unwrap();
    let (judgement, verdict, reason) = record.judge();
    assert_eq!((verdict, reason), (Verdict::Fail, None));
    assert_eq!(judgement.findings, record.footer.findings);
    let mut again = Vec::new();
    record.write(&mut again).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_cut_off_changed_or_of_another_version_is_refused_with_words() {
    let text = failing_record().await;
    let without_last = text.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n";
    let in_a_line = &text[..text.len() - 5];
    for cut_off in [without_last.as_str(), in_a_line, &text[..text.len() / 2]] {
        let error = Record::read(cut_off).unwrap_err();
        assert!(matches!(error, RecordError::CutOff(_)), "{error}");
    }
    for (from, to, why) in [
        ("\"recordVersion\":1", "\"recordVersion\":7", "version 7"),
        ("{\"program\":{\"version\":1", "{\"program\":{\"version\":9", "version 9 of programs"),
        ("roomwire-record", "else", "no recorded try"),
        ("\"client\":0", "\"client\":77", "line 2: a step of client 77"),
        (
            "\"connection\":0,\"event\":\"opening\"",
            "\"connection\":999999999,\"event\":\"opening\"",
            "line 4",
        ),
        ("\"events\":", "\"events\":1", "the footer counts"),
        ("\"evidence\":[", "\"evidence\":[999999,", "a finding names an event"),
        ("{\"names\":", "{\"nomes\":", "line 3"),
    ] {
        assert!(text.contains(from), "{from} does not stand in {text}");
        let error = Record::read(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(why), "{from}: {error}");
    }
    assert!(matches!(Record::read("").unwrap_err(), RecordError::Foreign));
    assert!(matches!(Record::read("{}\n").unwrap_err(), RecordError::Foreign));
    let behind = format!("{text}{{}}\n");
    assert!(Record::read(&behind).unwrap_err().to_string().contains("behind the footer"));
}
