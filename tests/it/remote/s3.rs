//! Buckets of a store that checks signatures: moto (tests/tools/s3_store.py).

use super::*;
use crate::common::python_with;
use crate::sinks::Server;

/// A store with what was put into a place, and who may read it.
struct Store {
    _server: Server,
    port: u16,
    id: String,
    secret: String,
}

fn start(place: &Place, how: &str) -> Option<Store> {
    let python = python_with("moto")?;
    let served = place.served.display().to_string();
    let server = Server::python(&python, "s3_store.py", &[&served, how]);
    let words: Vec<String> = server.address.split(' ').map(str::to_string).collect();
    let [address, id, secret] = words.as_slice() else { panic!("{words:?}") };
    let port = address.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    Some(Store { port, id: id.clone(), secret: secret.clone(), _server: server })
}

fn bucket(url: &str, port: u16) -> String {
    format!("kind = 's3'\nurl = '{url}'\nendpoint = 'http://127.0.0.1:{port}'\nallow_http = true\n")
}

/// With the id, and the secret from a file.
fn signed(store: &Store, place: &Place, url: &str, port: u16, secret: &str) -> String {
    let file = place.folder.path().join("s3.secret");
    std::fs::write(&file, secret).expect("written");
    format!("{}access_key_id = '{}'\nsecret_file = '{}'", bucket(url, port), store.id, file.display())
}

#[tokio::test]
async fn anybody_reads_an_open_bucket() {
    let place = Place::new();
    let slot = "AHI-L1b-FLDK/2025/10/20/0530";
    let small = place.put(&format!("{slot}/{NAME}"), 300_000);
    place.put(&format!("{slot}/{OTHER}"), 10);
    place.put("AHI-L1b-FLDK/2025/10/20/0400/HS_H09_20251020_0400_B07_FLDK_R20_S0210.DAT.bz2", 10);
    let big = place.put("in/big.nc", 21_000_000);
    let sealed = place.put("in/sealed.nc", 70_000);
    for n in 0..1203 {
        place.put(&format!("many/f{n:04}.nc"), 1);
    }
    let Some(store) = start(&place, "open") else { return };
    // folders of minutes, as the open bucket of NOAA has them
    let remote = place.remote(&bucket("s3://imagery/AHI-L1b-FLDK/%Y/%m/%d/%H%M/", store.port));
    let listed = list(&remote).await.expect("listed");
    assert_eq!(names_of(&listed), [NAME]);
    assert_eq!(
        (listed[0].place.as_str(), listed[0].size),
        (format!("s3://imagery/{slot}/{NAME}").as_str(), Some(300_000))
    );
    let path = remote.fetch(&listed[0], &place.into).await.expect("fetched");
    assert!(std::fs::read(path).expect("there") == small);
    assert!(remote.skew_s().is_some_and(|skew| skew.abs() < 5.0), "{:?}", remote.skew_s());
    // put in pieces, or sealed with a key: the ETag is no MD5 then
    let remote = place.remote(&format!("{}patterns = ['*']", bucket("s3://imagery/in/", store.port)));
    let listed = list(&remote).await.expect("listed");
    assert_eq!(names_of(&listed), ["big.nc", "sealed.nc"]);
    assert!(listed[0].version.contains("-5"), "{:?}", listed[0]);
    for (file, bytes) in listed.iter().zip([big, sealed]) {
        let path = remote.fetch(file, &place.into).await.expect("fetched");
        assert!(std::fs::read(path).expect("there") == bytes, "{file:?}");
    }
    // more than a page of keys
    let remote = place.remote(&format!("{}patterns = ['*']", bucket("s3://imagery/many/", store.port)));
    let listed = list(&remote).await.expect("listed");
    assert_eq!((listed.len(), listed[0].name.as_str(), listed[1202].name.as_str()), (1203, "f0000.nc", "f1202.nc"));
    // a folder that is not there, and a key that stands for one, have no files
    for url in ["s3://imagery/absent/%Y/%m/%d/%H/", "s3://imagery/absent/", "s3://imagery/marker/"] {
        let remote = place.remote(&format!("{}patterns = ['*']", bucket(url, store.port)));
        assert_eq!(list(&remote).await.expect("listed"), []);
    }
    // a bucket that is not there is no bucket without files
    let words = input_error(list(&place.remote(&bucket("s3://absent/", store.port))).await);
    assert!(words.contains("NoSuchBucket") && words.contains("s3://absent/"), "{words}");
}

#[tokio::test]
async fn a_closed_bucket_asks_for_a_signature() {
    let place = Place::new();
    let bytes = place.put(&format!("in/{NAME}"), 2_000_000);
    let Some(store) = start(&place, "closed") else { return };
    let url = "s3://imagery/in/";
    let remote = place.remote(&signed(&store, &place, url, store.port, &store.secret));
    let file = list(&remote).await.expect("listed").remove(0);
    let path = remote.fetch(&file, &place.into).await.expect("fetched");
    assert!(std::fs::read(path).expect("there") == bytes);
    let wrong = place.remote(&signed(&store, &place, url, store.port, "geheim-and-wrong"));
    for words in [input_error(list(&wrong).await), input_error(wrong.fetch(&file, &place.into).await)] {
        assert!(words.contains("SignatureDoesNotMatch") && words.contains("access_key_id"), "{words}");
    }
    assert!(!format!("{wrong:?}").contains("geheim"));
}

/// The line breaks, and breaks again: what came stays, and what was replaced meanwhile is not joined to it.
#[tokio::test]
async fn a_broken_transfer_goes_on_and_a_replaced_object_does_not() {
    let place = Place::new();
    let bytes = place.put(&format!("in/{NAME}"), 4_000_000);
    let Some(store) = start(&place, "open") else { return };
    let way = Way::to(store.port).await;
    let remote = place.remote(&bucket("s3://imagery/in/", way.port));
    let file = list(&remote).await.expect("listed").remove(0);
    way.cut_after.store(500_000, Ordering::SeqCst);
    let words = input_error(remote.fetch(&file, &place.into).await);
    assert!(words.contains("of 4000000"), "{words}");
    let half = std::fs::metadata(place.into.join(format!("{NAME}.part"))).expect("a half").len();
    assert!((400_000..3_000_000).contains(&half), "{half}");
    assert!(!place.fetched().contains(&NAME.to_string()));
    way.cut_after.store(4_000_000 - half + 100_000, Ordering::SeqCst);
    let path = remote.fetch(&file, &place.into).await.expect("the rest is less than what is cut");
    assert!(std::fs::read(path).expect("there") == bytes);

    way.cut_after.store(500_000, Ordering::SeqCst);
    input_error(remote.fetch(&file, &place.into).await);
    way.cut_after.store(u64::MAX, Ordering::SeqCst);
    let put = format!("http://127.0.0.1:{}/imagery/in/{NAME}", store.port);
    let other =
        reqwest::Client::builder().no_proxy().build().expect("a client").put(put).header("x-amz-acl", "public-read");
    other.body(noise("other", 4_000_000)).send().await.expect("put").error_for_status().expect("put");
    std::fs::remove_file(place.into.join(NAME)).expect("removed");
    let words = input_error(remote.fetch(&file, &place.into).await);
    assert!(words.contains("412") && words.contains("replaced"), "{words}");
    let now = list(&remote).await.expect("listed").remove(0);
    let path = remote.fetch(&now, &place.into).await.expect("fetched");
    assert!(std::fs::read(path).expect("there") == noise("other", 4_000_000));
}

/// What answers is no store: a login page would be a listing without files to a lenient reader.
#[tokio::test]
async fn what_is_no_store_is_an_error() {
    let Some(python) = python_with("http.server") else { return };
    let place = Place::new();
    let server = Server::python(&python, "range_server.py", &[&place.served.display().to_string()]);
    let port: u16 = server.address.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    let remote = place.remote(&bucket("s3://imagery/in/", port));
    let file = Listed {
        name: NAME.to_string(),
        place: format!("s3://imagery/in/{NAME}"),
        size: Some(10),
        version: "\"1\"".to_string(),
        modified: None,
    };
    let orders = place.folder.path().join("orders");
    for (order, value, word) in [
        ("login", "1", "something else than an S3 store"),
        ("body", "<html><title>x</title></html>", "something else than an S3 store"),
        ("body", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "something else"),
        ("redirect", "http://127.0.0.1:9", "region"),
        ("status", "500", "500"),
        ("status", "503", "busy"),
    ] {
        std::fs::write(orders.join(order), value).expect("written");
        let words = input_error(list(&remote).await);
        assert!(words.contains(word) && words.contains("s3://imagery/in/"), "{order}: {words}");
        input_error(remote.fetch(&file, &place.into).await);
        std::fs::remove_file(orders.join(order)).expect("removed");
    }
    drop(server);
    let words = input_error(list(&remote).await);
    assert!(words.contains("refused"), "{words}");
    assert!(!place.fetched().contains(&NAME.to_string()));
}
