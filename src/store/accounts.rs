//! Who may sign in, and who is. Secrets are kept as hashes; what was signed in is a session.

use super::{Actor, Store, StoreError, Write, moment};
use crate::cases::Role;
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Who may sign in, or ask with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Name to sign in with.
    pub name: String,
    /// Name that people read.
    pub display: String,
    /// What it may do.
    pub role: Role,
    /// Department.
    pub department: String,
    /// Codes of counties, townships or posts; empty: everything.
    pub areas: Vec<String>,
    /// Whether it is shut out.
    pub disabled: bool,
}

/// What is needed to sign an account in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The account.
    pub account: Account,
    /// Hash of the password (argon2id), or of the key (SHA-256).
    pub secret: String,
    /// Shared secret of the changing codes, base32, where one is needed.
    pub totp: Option<String>,
    /// Step of the last code that was taken: none is taken twice.
    pub totp_last: i64,
    /// Failures one after the other.
    pub failures: i64,
    /// Shut out until then.
    pub locked_until: Option<Utc>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Whose.
    pub account: Account,
    /// What a request that changes something must bring along.
    pub csrf: String,
    /// Begun.
    pub made: Utc,
    /// Asked last.
    pub seen: Utc,
}

const COLUMNS: &str = "a.name, a.display, a.role, a.department, a.areas, a.disabled, a.secret, a.totp, a.totp_last, a.failures, a.locked_until_us";

impl Write<'_> {
    /// Adds an account; `false` where the name is taken.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn add_account(&mut self, new: &SignIn, now: Utc, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let account = &new.account;
                let add = "INSERT INTO accounts (name, display, role, department, areas, secret, totp, totp_last, failures, disabled, made_us) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8) ON CONFLICT (name) DO NOTHING";
                let query = sqlx::query(add).bind(&account.name).bind(&account.display).bind(account.role.code());
                let query = query.bind(&account.department).bind(account.areas.join(" ")).bind(&new.secret);
                let query = query.bind(&new.totp).bind(now.micros());
                if query.execute(&mut *self.tx).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                let detail = serde_json::json!({
                    "role": account.role, "areas": account.areas, "department": account.department, "display": account.display,
                });
                self.add_line(now, actor, "account added", &account.name, &detail.to_string()).await?;
                Ok(true)
            })
            .await
    }

    /// Shuts an account out or lets it in again, and ends its sessions; `false` where there is none.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn disable_account(&mut self, name: &str, disabled: bool, now: Utc, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = "UPDATE accounts SET disabled = $1, failures = 0, locked_until_us = NULL WHERE name = $2";
                let done = sqlx::query(put).bind(i64::from(disabled)).bind(name).execute(&mut *self.tx).await?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
                self.forget_sessions(name).await?;
                let action = if disabled { "account disabled" } else { "account enabled" };
                self.add_line(now, actor, action, name, "{}").await?;
                Ok(true)
            })
            .await
    }

    /// Gives an account another secret, and ends its sessions; `false` where there is none.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn change_secret(
        &mut self,
        name: &str,
        secret: &str,
        totp: Option<&str>,
        now: Utc,
        actor: &Actor,
    ) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = "UPDATE accounts SET secret = $1, totp = $2, totp_last = 0, failures = 0, locked_until_us = NULL WHERE name = $3";
                let done = sqlx::query(put).bind(secret).bind(totp).bind(name).execute(&mut *self.tx).await?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
                self.forget_sessions(name).await?;
                self.add_line(now, actor, "account secret changed", name, "{}").await?;
                Ok(true)
            })
            .await
    }

    /// An account as it is in this turn: what others did at the same moment counts.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn account_now(&mut self, name: &str) -> Result<Option<SignIn>> {
        let store = self.store;
        store
            .said(async {
                let query = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM accounts a WHERE a.name = $1"));
                sqlx::query(query).bind(name).fetch_optional(&mut *self.tx).await?.as_ref().map(sign_in).transpose()
            })
            .await
    }

    /// Notes that a password or code was wrong; after that the account is shut out until `locked_until`, where that is set.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_failure(&mut self, name: &str, locked_until: Option<Utc>, now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                let put = "UPDATE accounts SET failures = failures + 1, locked_until_us = COALESCE($1, locked_until_us) WHERE name = $2";
                let query = sqlx::query(put).bind(locked_until.map(Utc::micros)).bind(name);
                query.execute(&mut *self.tx).await?;
                let detail = serde_json::json!({ "locked_until": locked_until });
                self.add_line(now, actor, "sign-in refused", name, &detail.to_string()).await?;
                Ok(())
            })
            .await
    }

    /// Notes that a signature was right: failures before it count no more, and its code is not taken again. `false` where that was taken meanwhile.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_signature(&mut self, account: &str, step: Option<i64>) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = "UPDATE accounts SET totp_last = $1 WHERE name = $2 AND totp_last < $1";
                if let Some(step) = step
                    && sqlx::query(put).bind(step).bind(account).execute(&mut *self.tx).await?.rows_affected() == 0
                {
                    return Ok(false);
                }
                let fresh = "UPDATE accounts SET failures = 0, locked_until_us = NULL WHERE name = $1";
                sqlx::query(fresh).bind(account).execute(&mut *self.tx).await?;
                Ok(true)
            })
            .await
    }

    /// Begins a session; the code of `step` is not taken again. `false` where it was taken meanwhile.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn begin_session(
        &mut self,
        account: &str,
        token: &str,
        csrf: &str,
        step: Option<i64>,
        now: Utc,
        actor: &Actor,
    ) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = "UPDATE accounts SET failures = 0, locked_until_us = NULL, totp_last = $1 WHERE name = $2 AND totp_last < $1";
                let step = step.unwrap_or(-1);
                if step >= 0
                    && sqlx::query(put).bind(step).bind(account).execute(&mut *self.tx).await?.rows_affected() == 0
                {
                    return Ok(false);
                }
                let fresh = "UPDATE accounts SET failures = 0, locked_until_us = NULL WHERE name = $1";
                sqlx::query(fresh).bind(account).execute(&mut *self.tx).await?;
                let add = "INSERT INTO sessions (token, account, csrf, made_us, seen_us, origin) VALUES ($1, $2, $3, $4, $4, $5)";
                let query = sqlx::query(add).bind(token).bind(account).bind(csrf).bind(now.micros());
                query.bind(&actor.origin).execute(&mut *self.tx).await?;
                self.add_line(now, actor, "signed in", account, "{}").await?;
                Ok(true)
            })
            .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn end_session(&mut self, token: &str, now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                sqlx::query("DELETE FROM sessions WHERE token = $1").bind(token).execute(&mut *self.tx).await?;
                let who = actor.who.clone();
                self.add_line(now, actor, "signed out", &who, "{}").await?;
                Ok(())
            })
            .await
    }

    /// Takes sessions away that are over.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn forget_old_sessions(&mut self, made_before: Utc, seen_before: Utc) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                let old = "DELETE FROM sessions WHERE made_us < $1 OR seen_us < $2";
                let query = sqlx::query(old).bind(made_before.micros()).bind(seen_before.micros());
                query.execute(&mut *self.tx).await?;
                Ok(())
            })
            .await
    }

    /// Notes that a session is in use.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_seen(&mut self, token: &str, now: Utc) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                let put = "UPDATE sessions SET seen_us = $1 WHERE token = $2";
                sqlx::query(put).bind(now.micros()).bind(token).execute(&mut *self.tx).await?;
                Ok(())
            })
            .await
    }

    async fn forget_sessions(&mut self, account: &str) -> std::result::Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE account = $1").bind(account).execute(&mut *self.tx).await?;
        Ok(())
    }
}

impl Store {
    /// All accounts, by name.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn accounts(&self) -> Result<Vec<SignIn>> {
        self.said(async {
            let query = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM accounts a ORDER BY a.name"));
            sqlx::query(query).fetch_all(&self.pool).await?.iter().map(sign_in).collect()
        })
        .await
    }

    /// An account by its name.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn account(&self, name: &str) -> Result<Option<SignIn>> {
        self.said(async {
            let query = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM accounts a WHERE a.name = $1"));
            sqlx::query(query).bind(name).fetch_optional(&self.pool).await?.as_ref().map(sign_in).transpose()
        })
        .await
    }

    /// The program that a key belongs to, by the hash of the key.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn account_of_key(&self, hash: &str) -> Result<Option<SignIn>> {
        self.said(async {
            let query = sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS} FROM accounts a WHERE a.secret = $1 AND a.role = 'system' AND a.disabled = 0"
            ));
            sqlx::query(query).bind(hash).fetch_optional(&self.pool).await?.as_ref().map(sign_in).transpose()
        })
        .await
    }

    /// A session by the hash of its token, that began after one time and was in use after another.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn session(&self, token: &str, made_after: Utc, seen_after: Utc) -> Result<Option<Signed>> {
        self.said(async {
            let query = sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS}, s.csrf, s.made_us, s.seen_us FROM sessions s JOIN accounts a ON a.name = s.account \
                 WHERE s.token = $1 AND s.made_us > $2 AND s.seen_us > $3 AND a.disabled = 0"
            ));
            let query = sqlx::query(query).bind(token).bind(made_after.micros()).bind(seen_after.micros());
            let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(None) };
            let SignIn { account, .. } = sign_in(&row)?;
            let (made, seen) = (moment(row.try_get(12)?)?, moment(row.try_get(13)?)?);
            Ok(Some(Signed { account, csrf: row.try_get(11)?, made, seen }))
        })
        .await
    }
}

fn sign_in(row: &AnyRow) -> std::result::Result<SignIn, StoreError> {
    let (name, role): (String, String) = (row.try_get(0)?, row.try_get(2)?);
    let role = Role::of(&role).ok_or_else(|| StoreError::Record(format!("account {name} has the role {role:?}")))?;
    let areas: String = row.try_get(4)?;
    let account = Account {
        name,
        display: row.try_get(1)?,
        role,
        department: row.try_get(3)?,
        areas: areas.split_whitespace().map(str::to_string).collect(),
        disabled: row.try_get::<i64, _>(5)? != 0,
    };
    Ok(SignIn {
        account,
        secret: row.try_get(6)?,
        totp: row.try_get(7)?,
        totp_last: row.try_get(8)?,
        failures: row.try_get(9)?,
        locked_until: row.try_get::<Option<i64>, _>(10)?.map(moment).transpose()?,
    })
}
