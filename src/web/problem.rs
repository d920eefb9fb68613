//! What a request is answered with when it cannot be done: RFC 9457, in words for people.

use crate::error::Error;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    more: Option<Box<(&'static str, Value)>>,
    retry_after_s: Option<u64>,
}

/// What a request gives.
pub type Answer<T> = std::result::Result<T, Problem>;

impl Problem {
    fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem { status, detail: detail.into(), more: None, retry_after_s: None }
    }

    /// Nobody is signed in.
    pub fn unknown() -> Self {
        Problem::of(StatusCode::UNAUTHORIZED, "请先登录")
    }

    /// Name, password or code are wrong; which of them is not said.
    pub fn wrong_sign_in() -> Self {
        Problem::of(StatusCode::UNAUTHORIZED, "用户名、密码或动态码不正确")
    }

    /// Not by this role.
    pub fn forbidden(detail: &str) -> Self {
        Problem::of(StatusCode::FORBIDDEN, detail)
    }

    /// Not there, or not to be seen: the two are not told apart.
    pub fn not_found() -> Self {
        Problem::of(StatusCode::NOT_FOUND, "没有找到，或不在您的辖区内")
    }

    /// Not there, in words of its own.
    pub fn absent(detail: &str) -> Self {
        Problem::of(StatusCode::NOT_FOUND, detail)
    }

    /// Sent by nobody who is known.
    pub fn unsigned(detail: &str) -> Self {
        Problem::of(StatusCode::UNAUTHORIZED, detail)
    }

    /// Not in this state.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Problem::of(StatusCode::CONFLICT, detail)
    }

    /// Over.
    pub fn gone(detail: impl Into<String>) -> Self {
        Problem::of(StatusCode::GONE, detail)
    }

    /// What was sent is not what is expected.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Problem::of(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// A query that is none.
    pub fn query(detail: impl Into<String>) -> Self {
        Problem::of(StatusCode::BAD_REQUEST, detail)
    }

    /// Too large.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Problem::of(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// Not of this type.
    pub fn type_of_media(detail: impl Into<String>) -> Self {
        Problem::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// Shut out for a while.
    pub fn locked(seconds: u64) -> Self {
        let detail = format!("多次登录失败，账号暂时锁定，请在 {} 分钟后再试", seconds.div_ceil(60));
        Problem { retry_after_s: Some(seconds), ..Problem::of(StatusCode::LOCKED, detail) }
    }

    /// Too many requests.
    pub fn too_many(seconds: u64) -> Self {
        Problem {
            retry_after_s: Some(seconds),
            ..Problem::of(StatusCode::TOO_MANY_REQUESTS, "请求过于频繁，请稍后再试")
        }
    }

    /// The file of the store is not where it was: what was sent is said not to be kept, for it would be lost.
    pub fn store_moved(error: Error) -> Self {
        tracing::error!("{error}");
        let detail = "数据库文件已被移走或替换，本次操作没有保存；放回原处前系统不读写数据，请通知系统管理员，稍后再试";
        Problem { retry_after_s: Some(30), ..Problem::of(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// A value beside the words.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.more = Some(Box::new((name, value.into())));
        self
    }
}

impl From<Error> for Problem {
    /// What went wrong here is for the log; who asked learns only that it did.
    fn from(error: Error) -> Self {
        tracing::error!("{error}");
        Problem {
            retry_after_s: Some(5), ..Problem::of(StatusCode::SERVICE_UNAVAILABLE, "系统暂时不可用，请稍后再试")
        }
    }
}

/// What a status is called.
fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "请求不正确",
        401 => "未登录或未签名",
        403 => "无权操作",
        404 => "没有找到",
        405 => "不支持的方法",
        409 => "状态已变化",
        410 => "链接已失效",
        413 => "内容过大",
        415 => "格式不支持",
        422 => "内容不正确",
        423 => "账号已锁定",
        429 => "请求过于频繁",
        503 => "暂时不可用",
        _ => "出错",
    }
}

/// An answer of the framework's own, in its form: for people every refusal is one.
pub fn in_words(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_own = kind.starts_with(b"application/") || kind.starts_with(b"image/");
    if is_own || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    Problem::of(status, "请求的内容或格式不正确").into_response()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = title(self.status);
        let mut body =
            json!({ "type": "about:blank", "title": title, "status": self.status.as_u16(), "detail": self.detail });
        if let Some(more) = self.more {
            body[more.0] = more.1;
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
