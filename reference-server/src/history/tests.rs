use std::sync::atomic::AtomicBool;

use roomwire_protocol::User;

use super::*;
use crate::history::sqlite::Sqlite;

pub(super) fn record(seq: u64, size: usize) -> Record {
    let info =
        serde_json::json!({ "user": "u", "content": "x".repeat(size), "type": "message", "stream": "s" });
    let delivery = serde_json::json!({ "type": 2, "code": 200, "data": info.to_string(), "seq": seq });
    Record {
        topic: Topic::parse("t").unwrap(),
        epoch: Epoch::parse("e").unwrap(),
        seq: Seq::new(seq).unwrap(),
        at: crate::hub::now(),
        user: User::parse("u").unwrap(),
        id: None,
        kind: ChatKind::Message,
        stream: Some("s".into()),
        frame: Frame::text(&delivery.to_string()),
    }
}

/// A store on a disk that is full at times.
struct Disk {
    full: Arc<AtomicBool>,
    kept: Arc<Lock<Vec<u64>>>,
}

impl Store for Disk {
    fn append(&mut self, records: &[Arc<Record>]) -> Result<(), StoreError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(StoreError("the disk is full".into()));
        }
        self.kept.lock().extend(records.iter().map(|record| record.seq.get()));
        Ok(())
    }

    fn page(&mut self, _: &HistoryQuery) -> Result<String, StoreError> {
        Ok(self.kept.lock().len().to_string())
    }

    fn prune(&mut self, _: Retention, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    fn close(&mut self, _: &[Standing]) -> Result<(), StoreError> {
        Ok(())
    }
}

fn on_disk(full: bool, chat_without: bool) -> (History, Arc<AtomicBool>, Arc<Lock<Vec<u64>>>) {
    let (full, kept) = (Arc::new(AtomicBool::new(full)), Arc::<Lock<Vec<u64>>>::default());
    let disk = Disk { full: Arc::clone(&full), kept: Arc::clone(&kept) };
    let retention = Retention { chats: 100, age: None };
    (History::open(Box::new(disk), retention, chat_without).unwrap(), full, kept)
}

#[tokio::test]
async fn who_asks_behind_a_chat_is_answered_with_it() {
    let (history, _, _) = on_disk(false, false);
    for seq in 1..=50 {
        history.record(record(seq, 10));
        assert_eq!(history.page(HistoryQuery::new("s")).await, Ok(seq.to_string()));
    }
}

#[tokio::test]
async fn while_the_disk_is_full_pages_are_refused_and_afterwards_nothing_is_lost() {
    let (history, full, kept) = on_disk(true, false);
    for seq in 1..=3 {
        history.record(record(seq, 10));
        assert_eq!(history.page(HistoryQuery::new("s")).await, Err(Away));
    }
    assert!(!history.allows_chat(), "what is accepted is kept");
    full.store(false, Ordering::Relaxed);
    history.record(record(4, 10));
    // The clerk tries again by itself.
    while history.page(HistoryQuery::new("s")).await != Ok("4".into()) {}
    assert_eq!(*kept.lock(), [1, 2, 3, 4]);
    assert!(history.allows_chat());
    assert!(history.close(Vec::new()).await);
}

#[tokio::test]
async fn what_finds_no_room_to_wait_is_refused_or_said_without_being_kept() {
    for chat_without in [false, true] {
        let (history, full, kept) = on_disk(true, chat_without);
        let mut seq = 0;
        while history.has_room() {
            seq += 1;
            history.record(record(seq, 1 << 20));
        }
        assert!((60..=64).contains(&seq), "{seq}");
        assert_eq!(history.allows_chat(), chat_without);
        history.record(record(seq + 1, 10));
        full.store(false, Ordering::Relaxed);
        assert!(history.close(Vec::new()).await);
        assert_eq!(*kept.lock(), (1..=seq).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn an_end_without_a_disk_says_that_not_all_was_kept() {
    let (history, _, _) = on_disk(true, false);
    history.record(record(1, 10));
    assert!(!history.close(Vec::new()).await);
}

/// Where the limit of the file's size stands for that of the disk's.
#[test]
fn a_full_file_refuses_a_batch_whole_and_takes_it_later() {
    let folder = std::env::temp_dir().join(format!("roomwire-full-{}", std::process::id()));
    let (mut store, _) = Sqlite::open(&folder, crate::hub::now()).unwrap();
    store.limit_pages(40);
    let batch: Vec<_> = (1..=100).map(|seq| Arc::new(record(seq, 5000))).collect();
    let error = store.append(&batch).unwrap_err();
    assert!(error.to_string().contains("full"), "{error}");
    let total = |store: &mut Sqlite| {
        let page: serde_json::Value =
            serde_json::from_str(&store.page(&HistoryQuery::new("s")).unwrap()).unwrap();
        page["data"]["total"].as_u64().unwrap()
    };
    assert_eq!(total(&mut store), 0);
    store.limit_pages(100_000);
    store.append(&batch).unwrap();
    assert_eq!(total(&mut store), 100);
    assert!(store.append(&batch[..1]).is_err(), "no number is kept twice");
    store.prune(Retention { chats: 7, age: None }, crate::hub::now()).unwrap();
    assert_eq!(total(&mut store), 7);
    store.prune(Retention { chats: 7, age: Some(Duration::ZERO) }, Timestamp::MAX).unwrap();
    assert_eq!(total(&mut store), 0);
    drop(store);
    std::fs::remove_dir_all(&folder).unwrap();
}
