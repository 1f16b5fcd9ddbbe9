//! History on disk: one `SQLite` file in a folder.
//!
//! What makes a promise of it:
//! - The file says whether the last end was in order. It is marked as *running*, on the disk, before anything is served,
//!   and as *ended* by the last write of all, together with where every room stands. Only after such an end does a room
//!   go on under its old epoch. After any other, chats may have been delivered that never reached the disk, nobody knows
//!   how many; so every topic begins a new epoch, and no number is ever given twice in one.
//! - A write is a transaction. What was torn by the end of a process or of a machine is cut off when the file is opened.
//! - One process has the file to itself.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use roomwire_protocol::history::HistoryQuery;
use roomwire_protocol::{ChatKind, RequestId, Seq, Timestamp, Topic, User};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::page::{self, Entry};
use super::{Record, Retention, Revived, Standing, Store, StoreError};
use crate::config::milliseconds;
use crate::frame::Frame;
use crate::room::recent::{ID_AGE, TAIL_AGE, TAIL_MAX};

/// The file in the folder.
const FILE: &str = "history.sqlite";

/// Marks a file as ours: `RMWR`.
const APPLICATION: i32 = 0x524D_5752;

/// The format that this version writes.
const FORMAT: i32 = 1;

const SCHEMA: &str = "
    CREATE TABLE chats (
        number INTEGER PRIMARY KEY,
        topic TEXT NOT NULL,
        epoch TEXT NOT NULL,
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        user TEXT NOT NULL,
        id TEXT,
        stream TEXT,
        kind TEXT NOT NULL,
        delivery BLOB NOT NULL,
        UNIQUE (topic, epoch, seq)
    );
    CREATE INDEX chats_by_stream ON chats (stream, number, kind) WHERE stream IS NOT NULL;
    CREATE TABLE rooms (topic TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL);
    CREATE TABLE life (ended INTEGER NOT NULL);
    INSERT INTO life VALUES (1);
";

#[derive(Debug)]
pub(crate) struct Sqlite {
    file: Connection,
}

impl Sqlite {
    /// Opens the history in a folder, which is made where it is not there, and marks it as running. Returns the rooms
    /// that go on, too.
    ///
    /// # Errors
    /// What is wrong, where, and what to do about it.
    pub(crate) fn open(folder: &Path, now: Timestamp) -> Result<(Self, Vec<Revived>), StoreError> {
        let path = folder.join(FILE);
        let at = path.display();
        std::fs::create_dir_all(folder).map_err(|error| {
            StoreError(format!(
                "cannot make {}: {error}. Choose another folder with --data",
                folder.display()
            ))
        })?;
        let mut file =
            Connection::open(&path).map_err(|error| StoreError(format!("cannot open {at}: {error}")))?;
        let rooms = prepare(&mut file, now).map_err(|fault| {
            StoreError(match fault {
                OpenFault::Later { format } => format!(
                    "{at} was written by a later version (format {format}; this one knows {FORMAT}): use that version, \
                     or another folder with --data"
                ),
                OpenFault::Foreign => format!(
                    "{at} is not a history of this server: move it away, or choose another folder with --data"
                ),
                OpenFault::Damaged(what) => {
                    format!("{at} is damaged: {what}. Move it away, and bring back a copy, if there is one")
                }
                OpenFault::InUse => format!(
                    "{at} is in use by another process: stop that, or choose another folder with --data"
                ),
                OpenFault::Other(error) => {
                    format!("cannot use {at}: {error}. Is the disk full, or may this user not write there?")
                }
            })
        })?;
        Ok((Self { file }, rooms))
    }
}

#[cfg(test)]
impl Sqlite {
    /// Lets the file have so many pages at most.
    pub(super) fn limit_pages(&self, pages: i64) {
        self.file.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    }
}

enum OpenFault {
    Later { format: i32 },
    Foreign,
    Damaged(String),
    InUse,
    Other(rusqlite::Error),
}

impl From<rusqlite::Error> for OpenFault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign,
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::InUse,
            _ => Self::Other(error),
        }
    }
}

fn prepare(file: &mut Connection, now: Timestamp) -> Result<Vec<Revived>, OpenFault> {
    file.busy_timeout(std::time::Duration::ZERO)?;
    file.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let application: i32 = file.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let format: i32 = file.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = file.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, format, tables) {
        (0, 0, 0) | (APPLICATION, FORMAT, _) => {}
        (APPLICATION, format, _) if format > FORMAT => return Err(OpenFault::Later { format }),
        _ => return Err(OpenFault::Foreign),
    }
    file.pragma_update(None, "journal_mode", "WAL")?;
    // A commit that is to outlive the machine: there are two a run.
    file.pragma_update(None, "synchronous", "FULL")?;
    let change = file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    if tables == 0 {
        change.execute_batch(SCHEMA)?;
        change.pragma_update(None, "application_id", APPLICATION)?;
        change.pragma_update(None, "user_version", FORMAT)?;
    }
    let in_order: bool = change.query_row("SELECT ended FROM life", [], |row| row.get(0))?;
    let mut rooms = Vec::new();
    if in_order {
        rooms = revive(&change, now)?;
    } else {
        let verdict: String = change.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(OpenFault::Damaged(verdict));
        }
        name_the_cut(&change)?;
    }
    change.execute("DELETE FROM rooms", [])?;
    change.execute("UPDATE life SET ended = 0", [])?;
    change.commit()?;
    // These outlive the process, which is what ends all the time.
    file.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(rooms)
}

/// Says in the log where the history of a server that did not end in order breaks off.
fn name_the_cut(file: &Connection) -> rusqlite::Result<()> {
    let last = file
        .query_row("SELECT topic, epoch, seq, at FROM chats ORDER BY number DESC LIMIT 1", [], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
            ))
        })
        .optional()?;
    if let Some((topic, epoch, seq, at)) = last {
        tracing::warn!(
            topic,
            epoch,
            seq,
            at,
            "history: the server before did not end in order. This is the last chat that was kept; what was said \
             after it is lost, and every topic begins a new epoch"
        );
    } else {
        tracing::warn!("history: the server before did not end in order; no chat of it was kept");
    }
    Ok(())
}

/// The rooms that can go on: where all is there that somebody may come back to.
fn revive(file: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Revived>> {
    let since = |age| now.get().saturating_sub(milliseconds(age));
    let (tail_since, ids_since) = (since(TAIL_AGE), since(ID_AGE));
    let mut rooms = file.prepare("SELECT topic, epoch, seq, at FROM rooms WHERE at >= ?1")?;
    let mut chats = file.prepare(
        "SELECT topic, epoch, seq, at, user, id, stream, kind, delivery FROM chats
         WHERE topic = ?1 AND epoch = ?2 AND (seq > ?3 OR at >= ?4) ORDER BY seq",
    )?;
    let standings = rooms
        .query_map([int(tail_since)], |row| {
            Ok(Standing {
                topic: text(row, 0)?,
                epoch: text(row, 1)?,
                seq: number(row, 2)?,
                at: number(row, 3)?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut revived = Vec::new();
    for standing in standings {
        let Standing { topic, epoch, seq, .. } = &standing;
        let first = seq.get().saturating_sub(TAIL_MAX as u64);
        let chats = chats
            .query_map(params![topic.as_str(), epoch.as_str(), int(first), int(ids_since)], record)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if is_whole(&chats, seq.get(), ids_since) {
            revived.push(Revived { standing, chats });
        }
    }
    Ok(revived)
}

/// Whether these are the last chats without a gap, and go back beyond the time in which ids count.
fn is_whole(chats: &[Record], last: u64, ids_since: u64) -> bool {
    let Some(first) = chats.first() else { return false };
    let without_gap = chats.iter().zip(first.seq.get()..).all(|(chat, expected)| chat.seq.get() == expected);
    let reaches_back = first.seq.get() == 1 || first.at.get() < ids_since;
    without_gap && reaches_back && chats.last().is_some_and(|chat| chat.seq.get() == last)
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let delivery = row.get_ref(8)?.as_blob()?;
    let delivery = std::str::from_utf8(delivery).map_err(|error| unfit(8, error))?;
    let kind = row.get_ref(7)?.as_str()?;
    Ok(Record {
        topic: text(row, 0)?,
        epoch: text(row, 1)?,
        seq: number(row, 2)?,
        at: number(row, 3)?,
        user: text::<User>(row, 4)?,
        id: row
            .get::<_, Option<String>>(5)?
            .map(|id| RequestId::parse(&id))
            .transpose()
            .map_err(|error| unfit(5, error))?,
        stream: row.get::<_, Option<String>>(6)?.map(Into::into),
        kind: ChatKind::from_name(kind).unwrap_or(ChatKind::Message),
        frame: Frame::text(delivery),
    })
}

fn text<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error| unfit(column, error))
}

fn number<T: TryFrom<u64, Error: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let number = u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0);
    T::try_from(number).map_err(|error| unfit(column, error))
}

fn unfit(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

/// Whatever counts here fits: numbers of the wire end at 2^53.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl Store for Sqlite {
    fn append(&mut self, records: &[Arc<Record>]) -> Result<(), StoreError> {
        let change = self.file.transaction()?;
        {
            let mut insert = change.prepare_cached(
                "INSERT INTO chats (topic, epoch, seq, at, user, id, stream, kind, delivery)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?;
            for record in records {
                insert.execute(params![
                    record.topic.as_str(),
                    record.epoch.as_str(),
                    int(record.seq.get()),
                    int(record.at.get()),
                    record.user.as_str(),
                    record.id.as_ref().map(RequestId::as_str),
                    record.stream.as_deref(),
                    record.kind.name(),
                    record.frame.payload(),
                ])?;
            }
        }
        Ok(change.commit()?)
    }

    fn page(&mut self, query: &HistoryQuery) -> Result<String, StoreError> {
        let kind = query.kind.map(ChatKind::name);
        let total: i64 = self
            .file
            .prepare_cached("SELECT count(*) FROM chats WHERE stream = ?1 AND (?2 IS NULL OR kind = ?2)")?
            .query_row(params![query.stream, kind], |row| row.get(0))?;
        let mut select = self.file.prepare_cached(
            "SELECT topic, seq, at, delivery FROM chats WHERE stream = ?1 AND (?2 IS NULL OR kind = ?2)
             ORDER BY number DESC LIMIT ?3 OFFSET ?4",
        )?;
        let range = params![query.stream, kind, int(query.results_per_page), int(page::skipped(query))];
        let mut entries = select
            .query_map(range, |row| {
                Ok(Entry {
                    topic: text::<Topic>(row, 0)?,
                    seq: number::<Seq>(row, 1)?,
                    at: number::<Timestamp>(row, 2)?,
                    delivery: Cow::Owned(row.get(3)?),
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        entries.reverse();
        page::body(query, entries, u64::try_from(total).unwrap_or(0))
    }

    fn prune(&mut self, retention: Retention, now: Timestamp) -> Result<(), StoreError> {
        let since = |age| int(now.get().saturating_sub(milliseconds(age)));
        let change = self.file.transaction()?;
        // Nobody can ask for these, and nobody comes back to them any more.
        change.execute("DELETE FROM chats WHERE stream IS NULL AND at < ?1", [since(TAIL_AGE)])?;
        if let Some(age) = retention.age {
            change.execute("DELETE FROM chats WHERE at < ?1", [since(age)])?;
        }
        let kept: i64 = change.query_row("SELECT count(*) FROM chats", [], |row| row.get(0))?;
        let excess = kept.saturating_sub(int(retention.chats));
        if excess > 0 {
            change.execute(
                "DELETE FROM chats WHERE number IN (SELECT number FROM chats ORDER BY number LIMIT ?1)",
                [excess],
            )?;
        }
        Ok(change.commit()?)
    }

    fn close(&mut self, standings: &[Standing]) -> Result<(), StoreError> {
        self.file.pragma_update(None, "synchronous", "FULL")?;
        let change = self.file.transaction()?;
        for Standing { topic, epoch, seq, at } in standings {
            change.execute(
                "INSERT INTO rooms VALUES (?1, ?2, ?3, ?4)",
                params![topic.as_str(), epoch.as_str(), int(seq.get()), int(at.get())],
            )?;
        }
        change.execute("UPDATE life SET ended = 1", [])?;
        Ok(change.commit()?)
    }
}
