//! A platform of its own form, met by a TOML file: method, URL, headers and body are templates; a token is fetched where
//! the platform wants one. The body is rendered when the notice is queued; what may hold a secret when it is sent.

mod context;
mod file;
pub(in crate::deliver) mod filters;
mod platform;

use super::Notice;
use crate::error::{Error, Result};
use crate::site::TemplateFile;
use file::{Part, Written};
use minijinja::{Environment, UndefinedBehavior, Value};
pub(super) use platform::Platform;
use std::path::PathBuf;

/// Steps within which a text must be rendered: what a platform wants has some hundred, and a loop without end must not hold up the
/// look that it tells of.
const MOST_STEPS: u64 = 200_000;

/// Headers that belong to the connection: with others the request would be no request, or one to somebody else.
const OF_THE_CONNECTION: &[&str] =
    &["host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade"];

/// A parsed template file.
pub(super) struct Template {
    path: PathBuf,
    written: Written,
    env: Environment<'static>,
}

impl Template {
    /// Parses the file; nothing is rendered yet.
    ///
    /// # Errors
    /// [`Error::Config`] with file and line where it cannot be read, is no TOML, has a key that is none, or a text is no template.
    pub(super) fn parse(file: &TemplateFile, place: &str) -> Result<Template> {
        let text = std::fs::read_to_string(&file.path).map_err(|error| {
            let found = format!("{}, which cannot be read ({error})", file.path.display());
            Error::config(format!("{place}.template"), found, "a TOML file in UTF-8", "correct the path or the file")
        })?;
        let written = file::parse(&file.path, &text)?;
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_fuel(Some(MOST_STEPS));
        env.set_keep_trailing_newline(true);
        // what does not exist is nothing, not the word "none"
        env.set_formatter(|out, state, value| match value.is_none() {
            true => Ok(()),
            false => minijinja::escape_formatter(out, state, value),
        });
        let xml = written.is_xml();
        env.set_auto_escape_callback(move |name| match name == file::BODY && xml {
            true => minijinja::AutoEscape::Html,
            false => minijinja::AutoEscape::None,
        });
        filters::add(&mut env);
        let mut template = Template { path: file.path.clone(), written, env };
        for part in template.written.parts() {
            let (name, text) = (part.name.clone(), part.text.clone());
            if let Err(error) = template.env.add_template_owned(name, text) {
                return Err(template.broken(&part, &error, &Value::UNDEFINED));
            }
        }
        Ok(template)
    }

    /// The body of a notice.
    ///
    /// # Errors
    /// [`Error::Config`] with file, line and the name that is not defined, or where a JSON body is no JSON.
    pub(super) fn body(&self, notice: &Notice<'_>) -> Result<String> {
        let body = self.render(&self.written.body(), &context::of_notice(notice)?)?;
        if self.written.is_json()
            && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&body)
        {
            return Err(Error::config(
                format!("{}: body", self.path.display()),
                format!("a body that is no JSON at its line {} ({error})", error.line()),
                "JSON, as content_type says",
                "write texts as {{ event.county|tojson }}, without quotes around",
            ));
        }
        Ok(body)
    }

    /// # Errors
    /// [`Error::Config`] with file and line where a header is one of those that a template must not set.
    fn check_headers(&self) -> Result<()> {
        let of_token = self.written.token.iter().flat_map(|token| &token.headers);
        for (name, part) in self.written.headers.iter().chain(of_token) {
            if OF_THE_CONNECTION.contains(&name.to_ascii_lowercase().as_str()) {
                let place = format!("{}: line {} ({})", self.path.display(), part.line, part.name);
                let found = format!("the header {name}, which the connection sets itself");
                return Err(Error::config(place, found, "other headers", "take the line out"));
            }
        }
        Ok(())
    }

    fn render(&self, part: &Part, context: &Value) -> Result<String> {
        let template = self.env.get_template(&part.name).map_err(|error| self.broken(part, &error, context))?;
        template.render(context).map_err(|error| self.broken(part, &error, context))
    }

    /// Renders what is rendered when a letter is sent.
    fn sent(&self, part: &Part, sending: &context::Sending<'_>) -> Result<String> {
        self.render(part, &sending.context())
    }

    fn broken(&self, part: &Part, error: &minijinja::Error, context: &Value) -> Error {
        let line = part.line + error.line().unwrap_or(1).saturating_sub(1);
        let place = format!("{}: line {line} ({})", self.path.display(), part.name);
        let found = match error.kind() {
            minijinja::ErrorKind::UndefinedError => format!("{}, which is not defined", self.undefined(part, context)),
            minijinja::ErrorKind::OutOfFuel => format!("a text that is not done within {MOST_STEPS} steps: a loop?"),
            // the detail of others may repeat a value, and among those are secrets when a letter is sent
            kind if part.is_sent => kind.to_string(),
            _ => error.to_string(),
        };
        Error::config(place, found, context::NAMES, "correct the template")
    }

    /// Names in a template that the context does not have.
    fn undefined(&self, part: &Part, context: &Value) -> String {
        let Ok(template) = self.env.get_template(&part.name) else { return "a name".to_string() };
        let mut names: Vec<String> =
            template.undeclared_variables(true).into_iter().filter(|name| !is_known(name, context)).collect();
        names.sort();
        if names.is_empty() { "a name".to_string() } else { names.join(", ") }
    }
}

/// Whether a dotted name leads to something.
fn is_known(dotted: &str, context: &Value) -> bool {
    let found = dotted
        .split('.')
        .try_fold(context.clone(), |value, name| value.get_attr(name).ok().filter(|inner| !inner.is_undefined()));
    found.is_some()
}
