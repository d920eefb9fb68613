//! Who is on duty at which desk, from when to when.

use super::super::statement::Statement;
use super::super::{Actor, Store, StoreError, Write, moment};
use super::of_desks;
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A person's shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// Its id.
    pub id: String,
    /// Code of the desk: the city's, or a county's.
    pub desk: String,
    /// First moment.
    pub from: Utc,
    /// The moment after its last.
    pub to: Utc,
    /// Name.
    pub person: String,
    /// Telephone.
    pub phone: String,
    /// What they do in it, `值班员` or `带班领导`.
    pub duty: String,
    /// The account that signs.
    pub account: Option<String>,
}

impl Write<'_> {
    /// Puts shifts; those of the same desks that begin within the time of the new ones give way to them where `replace` is set. How many gave way.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn put_shifts(&mut self, shifts: &[Shift], replace: bool, now: Utc, actor: &Actor) -> Result<u64> {
        let store = self.store;
        self.shifts_put(shifts, replace, now, actor).await.map_err(|error| store.told(error))
    }

    async fn shifts_put(
        &mut self,
        shifts: &[Shift],
        replace: bool,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<u64, StoreError> {
        let mut desks: Vec<&str> = shifts.iter().map(|shift| shift.desk.as_str()).collect();
        desks.sort_unstable();
        desks.dedup();
        let mut gone = 0;
        for desk in desks.iter().filter(|_| replace) {
            let own = || shifts.iter().filter(|shift| shift.desk == **desk);
            let (Some(from), Some(to)) = (own().map(|shift| shift.from).min(), own().map(|shift| shift.to).max())
            else {
                continue;
            };
            let drop = "DELETE FROM shifts WHERE desk = $1 AND from_us >= $2 AND from_us < $3";
            let query = sqlx::query(drop).bind(*desk).bind(from.micros()).bind(to.micros());
            gone += query.execute(&mut *self.tx).await?.rows_affected();
        }
        for shift in shifts {
            let add = "INSERT INTO shifts (id, desk, from_us, to_us, person, phone, duty, account, made_us, made_by) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
            let query = sqlx::query(add).bind(&shift.id).bind(&shift.desk).bind(shift.from.micros());
            let query = query.bind(shift.to.micros()).bind(&shift.person).bind(&shift.phone).bind(&shift.duty);
            query.bind(&shift.account).bind(now.micros()).bind(&actor.who).execute(&mut *self.tx).await?;
        }
        let rows: Vec<serde_json::Value> = shifts
            .iter()
            .map(|shift| serde_json::json!([shift.desk, shift.from, shift.to, shift.person, shift.duty, shift.account]))
            .collect();
        let detail = serde_json::json!({ "shifts": rows, "replaced": gone });
        self.add_line(now, actor, "shifts put", &desks.join(" "), &detail.to_string()).await?;
        Ok(gone)
    }

    /// Takes a shift out of the list; `false` where there is none.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn drop_shift(&mut self, shift: &Shift, now: Utc, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let drop = sqlx::query("DELETE FROM shifts WHERE id = $1").bind(&shift.id);
                let done = drop.execute(&mut *self.tx).await?.rows_affected() > 0;
                if done {
                    let detail = serde_json::json!([shift.desk, shift.from, shift.to, shift.person, shift.account]);
                    self.add_line(now, actor, "shift dropped", &shift.id, &detail.to_string()).await?;
                }
                Ok(done)
            })
            .await
    }
}

impl Store {
    /// Shifts of some desks, of all where none are named, that lie in a time, by desk and begin.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn shifts(&self, desks: Option<&[String]>, from: Utc, to: Utc) -> Result<Vec<Shift>> {
        let mut query =
            Statement::new("SELECT id, desk, from_us, to_us, person, phone, duty, account FROM shifts WHERE to_us > ");
        query.bind(from.micros());
        query.push(" AND from_us < ");
        query.bind(to.micros());
        of_desks(&mut query, "desk", desks);
        query.push(" ORDER BY desk, from_us, duty, person, id");
        self.all_of(query, read).await
    }

    /// A shift by its id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn shift(&self, id: &str) -> Result<Option<Shift>> {
        let mut query =
            Statement::new("SELECT id, desk, from_us, to_us, person, phone, duty, account FROM shifts WHERE id = ");
        query.bind(id);
        self.first_of(query, read).await
    }
}

fn read(row: &AnyRow) -> std::result::Result<Shift, StoreError> {
    Ok(Shift {
        id: row.try_get(0)?,
        desk: row.try_get(1)?,
        from: moment(row.try_get(2)?)?,
        to: moment(row.try_get(3)?)?,
        person: row.try_get(4)?,
        phone: row.try_get(5)?,
        duty: row.try_get(6)?,
        account: row.try_get(7)?,
    })
}
