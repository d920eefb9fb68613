//! One small object of a bucket, with the login that the environment gives: what GDAL opens as `/vsis3/`, this reads
//! too.

use super::super::client::{self, LISTING, SILENCE, Skew};
use super::{Noting, failed};
use crate::error::{Error, Result};
use crate::http::chain;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{GetOptions, ObjectStore, RetryConfig};

/// Reads an object whole.
///
/// # Errors
/// [`Error::Input`] where it does not come, [`Error::Config`] where the environment names no store.
pub(in crate::ingest) fn read(bucket: &str, key: &str) -> Result<Vec<u8>> {
    let place = format!("s3://{bucket}/{key}");
    let broken = |said: String| Error::input(&place, said, "an answer", "try again");
    // a thread of its own: who asks may be within a runtime, where none can wait for another
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| broken(error.to_string()))?.block_on(fetched(bucket, key, &place))
        });
        asked.join().unwrap_or_else(|_| Err(broken("a request that broke off".to_string())))
    })
}

async fn fetched(bucket: &str, key: &str, place: &str) -> Result<Vec<u8>> {
    let store = builder(bucket, |name| std::env::var(name).ok())
        .with_http_connector(Noting { client: client::client(place, true)?, skew: Skew::default() })
        .build()
        .map_err(|error| Error::config(place, chain(&error), "a bucket", "correct AWS_REGION and AWS_S3_ENDPOINT"))?;
    let key = Key::parse(key).map_err(|error| failed(&error, place))?;
    let asked = async {
        let answer = store.get_opts(&key, GetOptions::default()).await?;
        answer.bytes().await
    };
    let answer = tokio::time::timeout(LISTING, asked)
        .await
        .map_err(|_| Error::input(place, "no answer in time", "an object", "try again; check the network"))?;
    Ok(answer.map_err(|error| failed(&error, place))?.to_vec())
}

/// The store as GDAL takes it from the environment: what `AmazonS3Builder` does not know by the same names is set here.
fn builder(bucket: &str, set: impl Fn(&str) -> Option<String>) -> AmazonS3Builder {
    let is = |name: &str, words: [&str; 4]| {
        set(name).is_some_and(|value| words.iter().any(|word| value.eq_ignore_ascii_case(word)))
    };
    let is_no = |name: &str| is(name, ["no", "false", "off", "0"]);
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(RetryConfig {
        max_retries: 2,
        retry_timeout: SILENCE,
        ..RetryConfig::default()
    });
    if set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")).is_none() {
        builder = builder.with_region("us-east-1");
    }
    if set("AWS_ACCESS_KEY_ID").is_none() || is("AWS_NO_SIGN_REQUEST", ["yes", "true", "on", "1"]) {
        builder = builder.with_skip_signature(true);
    }
    if let Some(endpoint) = set("AWS_S3_ENDPOINT") {
        let scheme = if is_no("AWS_HTTPS") { "http" } else { "https" };
        let endpoint = if endpoint.contains("://") { endpoint } else { format!("{scheme}://{endpoint}") };
        builder = builder.with_allow_http(endpoint.starts_with("http://"));
        builder = if is_no("AWS_VIRTUAL_HOSTING") {
            builder.with_endpoint(endpoint)
        } else {
            // GDAL puts the bucket before the host unless it is told not to
            let hosted = endpoint.replacen("://", &format!("://{bucket}."), 1);
            builder.with_endpoint(hosted).with_virtual_hosted_style_request(true)
        };
    }
    builder
}
