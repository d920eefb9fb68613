//! Whom an event was told, and what became of it: for those who ask afterwards.

use super::Store;
use super::outbox::{Row, read};
use super::statement::Statement;
use crate::error::Result;

impl Store {
    /// All that was to be told under these names, in the order in which it was queued, without the bodies.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn told_of(&self, names: &[String]) -> Result<Vec<Row>> {
        let mut query = Statement::among(format!("{} WHERE o.event", super::outbox::without_bodies()), names);
        query.push(" ORDER BY o.id");
        self.all_of(query, read).await
    }
}
