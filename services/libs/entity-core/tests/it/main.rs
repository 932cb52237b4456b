//! The tagger with the bundled tables, from the outside.

#[cfg(test)]
mod caution;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod refined;
