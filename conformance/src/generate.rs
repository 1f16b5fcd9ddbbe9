//! Generated programs: what nobody thought of writing down.
//!
//! A kind of program, a seed and a number make a program, always the same one. It expects nothing: what must come of it
//! the checks derive, as for any other program, and what the spec leaves open is not generated. Any subset of its steps
//! is a program too, so that a failing one can be made smaller. The artefact for repeating is the program itself, not
//! its seed, which another version may read otherwise.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};

use crate::case::{Case, Demand};
use crate::check::Property;
use crate::plan::scramble;
use crate::program::{PROGRAM_VERSION, Program};
use crate::subject::Declared;

mod attack;
mod boundary;
mod budget;
mod concurrent;
mod deeds;
mod hostile;
mod marathon;
mod reading;
mod speech;
mod twin;

/// A kind of generated programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Each limit and each member of the schemas: the last value that is right, and the first that is not.
    Boundary,
    /// Bad frames of all sorts, beside others who must not notice.
    Hostile,
    /// Several clients at the same time, who come, talk, go, get lost and come back.
    Concurrent,
    /// One connection, and many thousand operations.
    Marathon,
}

/// What the ids of all kinds begin with.
pub const CHAPTER: &str = "generated/";

impl Kind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Boundary, Self::Hostile, Self::Concurrent, Self::Marathon];

    /// The id under which all programs of the kind are reported as one case.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Boundary => "generated/boundary",
            Self::Hostile => "generated/hostile",
            Self::Concurrent => "generated/concurrent",
            Self::Marathon => "generated/marathon",
        }
    }

    /// The kind of this id.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// What its programs show.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Boundary => {
                "Values at the edge of every limit and schema are taken, and those behind it are refused"
            }
            Self::Hostile => "Clients that send nothing but nonsense disturb nobody",
            Self::Concurrent => {
                "Clients that come, talk, go, get lost and come back all see one and the same room"
            }
            Self::Marathon => "The ten-thousandth operation of a connection is served as well as the first",
        }
    }

    /// The requirements that its programs put to the test first of all; any other may be found broken too.
    #[must_use]
    pub fn requirements(self) -> &'static [&'static str] {
        match self {
            Self::Boundary => {
                &["ERR-12", "ERR-8", "ERR-9", "ERR-11", "ROOM-3", "ROOM-12", "CHAT-9", "CHAT-11"]
            }
            Self::Hostile => &["ISO-6", "ERR-1", "ERR-2", "ERR-7"],
            Self::Concurrent => &["ISO-6", "CHAT-1", "CHAT-3", "CHAT-4", "ORD-2", "ORD-4", "ORD-5", "ISO-1"],
            Self::Marathon => &["ISO-6", "BEAT-1", "ORD-2", "ORD-7"],
        }
    }

    fn about(self) -> Vec<Property> {
        match self {
            Self::Boundary | Self::Concurrent => vec![Property::Answers, Property::Delivery],
            Self::Hostile => vec![Property::Answers, Property::Delivery, Property::Interference],
            Self::Marathon => vec![Property::Answers],
        }
    }

    fn write(self, dice: &mut Dice, index: usize, scope: &Scope) -> Program {
        match self {
            Self::Boundary => boundary::program(dice, index, scope),
            Self::Hostile => hostile::program(dice, scope),
            Self::Concurrent => concurrent::program(dice, scope),
            Self::Marathon => marathon::program(dice, scope),
        }
    }

    /// The case that stands for all programs of the kind: one without a program.
    #[must_use]
    pub fn case(self) -> Case {
        let (clients, topics, phases) = (Vec::new(), Vec::new(), Vec::new());
        self.case_of(Program { version: PROGRAM_VERSION, clients, topics, phases, twins: Vec::new() })
    }

    /// The case that a program of the kind is judged as.
    #[must_use]
    pub fn case_of(self, program: Program) -> Case {
        Case {
            id: self.id(),
            title: self.title(),
            requirements: self.requirements(),
            needs: Vec::new(),
            without: Vec::new(),
            conditions: Vec::new(),
            about: self.about(),
            demand: Demand::Light,
            program,
        }
    }
}

/// What a program may make use of: the limits and profiles that the subject declares, and how many users there are.
#[derive(Debug, Clone)]
pub struct Scope {
    /// What the subject declares.
    pub declared: Declared,
    /// How many users are known, where not any may be made up.
    pub users: Option<usize>,
}

/// Writes the program of this number.
#[must_use]
pub fn program(kind: Kind, seed: u64, index: usize, scope: &Scope) -> Program {
    kind.write(&mut Dice::new(kind, seed, index), index, scope)
}

/// Which kind the program of this number in a run is of, out of those that are run. Most are concurrent, since that is
/// where most can happen; a marathon takes as long as hundreds of others.
#[must_use]
pub fn kind_of(number: usize, kinds: &[Kind]) -> Kind {
    let ideal = match number % 250 {
        124 => Kind::Marathon,
        place => match place % 10 {
            0 | 5 => Kind::Boundary,
            2 | 7 => Kind::Hostile,
            _ => Kind::Concurrent,
        },
    };
    if kinds.contains(&ideal) { ideal } else { kinds[number % kinds.len().max(1)] }
}

/// Draws values by strategies; the same seed, kind and number draw the same values.
struct Dice {
    runner: TestRunner,
}

impl Dice {
    fn new(kind: Kind, seed: u64, index: usize) -> Self {
        let mut state = scramble(seed ^ scramble(kind as u64 + 1)) ^ scramble(index as u64);
        let mut bytes = Vec::with_capacity(32);
        for _ in 0..4 {
            state = scramble(state);
            bytes.extend(state.to_le_bytes());
        }
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self { runner: TestRunner::new_with_rng(by_hand(), rng) }
    }

    fn draw<S: Strategy>(&mut self, strategy: S) -> S::Value {
        // A strategy without filters draws at the first attempt.
        let tree = strategy.new_tree(&mut self.runner);
        tree.unwrap_or_else(|why| unreachable!("a strategy of the generator drew nothing: {why}")).current()
    }

    /// True so often in a hundred.
    fn chance(&mut self, percent: u32) -> bool {
        self.draw(0..100_u32) < percent
    }
}

/// Every setting by hand: the library's defaults are read from the environment and look for a source folder.
fn by_hand() -> Config {
    Config {
        cases: 1,
        max_local_rejects: 1,
        max_global_rejects: 1,
        max_flat_map_regens: 1,
        failure_persistence: None,
        source_file: None,
        test_name: None,
        max_shrink_time: 0,
        max_shrink_iters: 0,
        max_default_size_range: 100,
        result_cache: proptest::test_runner::noop_result_cache,
        verbose: 0,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(0),
        _non_exhaustive: (),
    }
}
