//! Reads texts, in batches, with what was learnt of their words kept from one to the next.

use std::sync::Arc;

use crate::{
    lexicon::FormId,
    load::Pipeline,
    network::{Scratch, Segment, Slot, Store},
    tokenizer::{self, Memory},
    transition::{Found, State},
};

/// Tokens that go through the network together.
const BATCH_TOKENS: usize = 1_024;

/// What words and chunks may take before all of them are forgotten, unless the reader was told otherwise.
const USUAL_WORDS_BYTES: usize = 24 << 20;

/// A token: its place in the text, in UTF-8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// First byte.
    pub start: usize,
    /// Byte behind the last.
    pub end: usize,
}

/// An entity: its place in the text and its label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entity {
    /// First token.
    pub start: usize,
    /// Token behind the last.
    pub end: usize,
    /// Place of the label in [`Pipeline::labels`].
    pub label: usize,
    /// By how much the least certain move that made it outscored the next best one: the larger, the surer.
    pub margin: f32,
}

/// A text to be read.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The text.
    pub text: &'a str,
    /// Its tokens, in order and without overlaps, as they are to be taken; `None` to cut it by the pipeline's rules. The norms that those rules give
    /// to tokens of exceptions are not applied to tokens that are given, as spaCy does it for `Doc(vocab, words=…)`.
    pub tokens: Option<&'a [Token]>,
}

/// What was read in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotation {
    /// All tokens, in order.
    pub tokens: Vec<Token>,
    /// The entities, in order, without overlaps.
    pub entities: Vec<Entity>,
    /// Whether reading was broken off within the text, which is told as far as it was read.
    pub is_partial: bool,
}

/// How often what the network computes of a form alone was at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheUse {
    /// Tokens read.
    pub tokens: u64,
    /// Those whose form's vector and products were kept from before.
    pub kept: u64,
}

/// One thread's reader of a pipeline. What it returns does not depend on what it read before.
#[derive(Debug)]
pub struct Reader {
    pipeline: Arc<Pipeline>,
    memory: Memory,
    /// What the memory may take.
    words_bytes: usize,
    store: Store,
    scratch: Scratch,
    cache_use: CacheUse,
}

/// A portion of a text that goes into a batch.
#[derive(Clone, Copy, Debug)]
struct Portion {
    text: usize,
    start: usize,
    end: usize,
}

/// A text that is being read.
#[derive(Debug)]
struct Work {
    tokens: Vec<tokenizer::Token>,
    state: State,
}

impl Reader {
    /// A reader that keeps up to `cache_bytes` of what the network computes of single words; 16 MB serve a stream of news well.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>, cache_bytes: usize) -> Self {
        let width = pipeline.network.slot_width();
        // A batch's own forms have to fit in any case.
        let capacity = (cache_bytes / (width * size_of::<f32>())).max(2 * BATCH_TOKENS);
        Self {
            memory: pipeline.memory.clone(),
            words_bytes: USUAL_WORDS_BYTES,
            pipeline,
            store: Store::new(width, capacity),
            scratch: Scratch::default(),
            cache_use: CacheUse::default(),
        }
    }

    /// This reader, which keeps up to `bytes` of words and how they are cut, by text, before it forgets all of them; 24 MB unless told otherwise. A single
    /// text may take it beyond that, by what its own words take.
    #[must_use]
    pub fn with_words_bytes(self, bytes: usize) -> Self {
        Self { words_bytes: bytes, ..self }
    }

    /// Reads `texts`. Many at a time are read faster than one.
    pub fn read(&mut self, texts: &[&str]) -> Vec<Annotation> {
        self.read_while(texts, || true)
    }

    /// Reads `texts` as long as `goes_on` says so, which is asked after every thousand tokens.
    pub fn read_while(&mut self, texts: &[&str], goes_on: impl FnMut() -> bool) -> Vec<Annotation> {
        let inputs: Vec<_> = texts.iter().map(|text| Input { text, tokens: None }).collect();
        self.read_inputs_while(&inputs, goes_on)
    }

    /// Reads texts, of which some may come cut into tokens, as [`Self::read_while`] does.
    pub fn read_inputs_while(&mut self, texts: &[Input<'_>], mut goes_on: impl FnMut() -> bool) -> Vec<Annotation> {
        let mut works: Vec<Work> = Vec::with_capacity(texts.len());
        let (mut portions, mut waiting, mut stopped) = (Vec::new(), 0, false);
        for (at, input) in texts.iter().enumerate() {
            if stopped {
                break;
            }
            if self.memory.bytes() > self.words_bytes && waiting == 0 {
                self.forget();
            }
            let tokens = self.tokens_of(*input);
            let count = tokens.len();
            works.push(Work { tokens, state: State::default() });
            let mut start = 0;
            while start < count && !stopped {
                let end = count.min(start + BATCH_TOKENS - waiting);
                portions.push(Portion { text: at, start, end });
                waiting += end - start;
                start = end;
                if waiting >= BATCH_TOKENS {
                    self.run(&mut portions, &mut works);
                    waiting = 0;
                    stopped = !goes_on();
                }
            }
        }
        self.run(&mut portions, &mut works);
        let unread = texts.iter().skip(works.len()).map(|input| !input.text.is_empty());
        let unread = unread.map(|is_partial| Annotation { is_partial, ..Annotation::default() });
        works.into_iter().map(Work::finish).chain(unread).collect()
    }

    /// How often the cache served so far.
    #[must_use]
    pub fn cache_use(&self) -> CacheUse {
        self.cache_use
    }

    /// Bytes that what the network computed of single words takes.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        size_of_val(self.store.values())
    }

    fn tokens_of(&mut self, input: Input<'_>) -> Vec<tokenizer::Token> {
        let (lexicon, memory) = (&self.pipeline.lexicon, &mut self.memory);
        let Some(given) = input.tokens else {
            let mut tokens = Vec::new();
            self.pipeline.tokenizer.tokenize(input.text, lexicon, memory, &mut tokens);
            return tokens;
        };
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let of_given = given.iter().map(|token| tokenizer::Token {
            form: memory.forms.of_text(input.text.get(token.start..token.end).unwrap_or_default(), lexicon),
            start: place(token.start),
            end: place(token.end),
        });
        of_given.collect()
    }

    fn forget(&mut self) {
        self.memory = self.pipeline.memory.clone();
        self.store.clear();
    }

    /// Takes the portions through the network and decides their tokens.
    fn run(&mut self, portions: &mut Vec<Portion>, works: &mut [Work]) {
        let pipeline = self.pipeline.clone();
        let network = &pipeline.network;
        let reach = network.reach();
        let (mut slots, mut segments, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        self.store.begin_batch();
        for portion in portions.iter() {
            let Some(work) = works.get(portion.text) else {
                continue;
            };
            let start = slots.len() + reach;
            segments.push(Segment { start, end: start + (portion.end - portion.start) });
            for row in 0..portion.end - portion.start + 2 * reach {
                let token = (portion.start + row).checked_sub(reach).and_then(|at| work.tokens.get(at));
                slots.push(token.map_or_else(Slot::default, |token| {
                    let (slot, is_known) = self.store.slot(token.form);
                    if !is_known {
                        missing.push((token.form, slot));
                    }
                    slot
                }));
            }
        }
        self.count(portions, &missing);
        network.fill(&missing, &self.memory.forms, &mut self.store, &mut self.scratch);
        network.run(&slots, &segments, &self.store, &mut self.scratch);
        self.decide(portions, works);
        portions.clear();
    }

    fn count(&mut self, portions: &[Portion], missing: &[(FormId, Slot)]) {
        let tokens: usize = portions.iter().map(|portion| portion.end - portion.start).sum();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.cache_use.tokens += number(tokens);
        self.cache_use.kept += number(tokens.saturating_sub(missing.len()));
    }

    fn decide(&mut self, portions: &[Portion], works: &mut [Work]) {
        let pipeline = &self.pipeline;
        let (moves, step) = (&pipeline.moves, &pipeline.network.step);
        let mut products = self.scratch.products.chunks_exact(step.features * step.hidden * step.pieces);
        for portion in portions {
            let Some(work) = works.get_mut(portion.text) else {
                continue;
            };
            let count = work.tokens.len();
            let tokens = work.tokens.get(portion.start..portion.end).unwrap_or_default();
            for ((at, token), products) in (portion.start..).zip(tokens).zip(&mut products) {
                let is_space = self.memory.forms.is_space(token.form);
                work.state.advance(products, count - at - 1, is_space, (moves, step));
            }
        }
    }
}

impl Work {
    fn finish(self) -> Annotation {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let decided = self.state.decided();
        Annotation {
            is_partial: decided < self.tokens.len(),
            tokens: self
                .tokens
                .iter()
                .take(decided)
                .map(|token| Token { start: place(token.start), end: place(token.end) })
                .collect(),
            entities: self
                .state
                .found
                .iter()
                .map(|&Found { start, end, label, margin }| Entity { start, end, label, margin })
                .collect(),
        }
    }
}
