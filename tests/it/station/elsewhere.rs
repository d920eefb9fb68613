//! Imagery that lies elsewhere, end to end: a bucket that wants signatures, a directory of a web server that answers ranges, and FIRMS, each
//! looked into, fetched from, and brought to the receiver by one station.

use super::{Place, feed};
use crate::common::python_with;
use crate::databases::sqlite;
use crate::delivery::run;
use crate::sinks::Server;
use crate::sinks_receiver::received;
use std::path::Path;
use std::time::Duration;
use strawfire::site::Site;
use strawfire::store::{SlotState, Store};

const KEY: &str = "0123456789abcdef0123456789abcdef";
/// Header and a row as the API gives them for VIIRS (firms.modaps.eosdis.nasa.gov/api/area): a field of 互助.
const LIST: &str = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n\
                    36.8402,102.1511,331.63,0.4,0.37,2025-10-20,0530,N20,VIIRS,n,2.0NRT,292.99,14.83,D\n";

/// The files of a slot, below a folder by its time.
fn put(inputs: &Path, clock: &str, folder: &Path) {
    std::fs::create_dir_all(folder).expect("made");
    let found = glob::glob(&format!("{}/**/HS_H09_*_{clock}_*", inputs.display())).expect("a pattern").flatten();
    let count = found
        .map(|path| std::fs::copy(&path, folder.join(path.file_name().expect("named"))))
        .filter(Result::is_ok)
        .count();
    assert_eq!(count, 2, "two bands of {clock}");
}

#[test]
fn what_lies_in_a_bucket_on_a_web_server_and_at_firms_is_fetched_scanned_and_told() {
    let (Some(_), Some(python)) = (python_with("moto"), python_with("http.server")) else { return };
    let inputs = feed::slots("2025-10-20", 30..38);
    let folder = tempfile::tempdir().expect("a folder");
    let (bucket, web) = (folder.path().join("bucket"), folder.path().join("web"));
    put(&inputs, "0500", &bucket.join("hsd/2025/10/20/0500"));
    put(&inputs, "0510", &web.join("hsd/202510/20/05"));
    let database = sqlite();
    let place = Place::new(folder.path(), &database.url, "2025-10-20T05:20:00Z", 30.0, "");
    let site = Site::load(folder.path().join("site")).expect("a site").neighbourhood();
    let area = format!("{:.4},{:.4},{:.4},{:.4}", site.west, site.south, site.east, site.north);
    let list = web.join(format!("api/area/csv/{KEY}/VIIRS_NOAA20_NRT/{area}/2"));
    std::fs::create_dir_all(list.parent().expect("a folder")).expect("made");
    std::fs::write(&list, LIST).expect("written");
    let store = Server::python(&python, "s3_store.py", &[&bucket.display().to_string(), "closed"]);
    let words: Vec<&str> = store.address.split(' ').collect();
    let server = Server::python(&python, "range_server.py", &[&web.display().to_string()]);
    for (name, text) in [("s3.secret", words[2]), ("firms.key", KEY)] {
        std::fs::write(folder.path().join("site").join(name), text).expect("written");
    }
    let toml = folder.path().join("site/site.toml");
    let before = std::fs::read_to_string(&toml).expect("read");
    let more = format!(
        "[[station.inboxes]]\nname = \"bucket\"\nkind = \"s3\"\nurl = \"s3://imagery/hsd/%Y/%m/%d/%H%M/\"\nendpoint = \"http://{}\"\n\
         allow_http = true\naccess_key_id = \"{}\"\nsecret_file = \"s3.secret\"\npoll_s = 1\nlook_back_hours = 1\n\
         [[station.inboxes]]\nname = \"web\"\nkind = \"http\"\nurl = \"http://{}/hsd/%Y%m/%d/%H/\"\nallow_http = true\npoll_s = 1\n\
         look_back_hours = 1\n\
         [[station.inboxes]]\nname = \"firms\"\nkind = \"firms\"\nurl = \"http://{}\"\nallow_http = true\n\
         products = [\"VIIRS_NOAA20_NRT\"]\nkey_file = \"firms.key\"\npoll_s = 1\n",
        words[0], words[1], server.address, server.address
    );
    std::fs::write(&toml, before + &more).expect("written");
    let station = place.station();
    let of = |slots: &[strawfire::store::Slot], satellite: &str| {
        slots.iter().filter(|slot| slot.satellite == satellite && slot.state == SlotState::Scanned).count()
    };
    let slots = place.until(60.0, |slots| of(slots, "Himawari-9") == 2 && of(slots, "FIRMS VIIRS_NOAA20_NRT") == 1);
    assert_eq!((of(&slots, "Himawari-9"), of(&slots, "FIRMS VIIRS_NOAA20_NRT")), (2, 1), "{slots:?}\n{}", place.log());
    let files = run(async {
        let store = Store::open_existing(&place.url).await.expect("a store");
        store.files_of(&slots.iter().map(|slot| slot.id).collect::<Vec<_>>()).await.expect("files")
    });
    let by = |inbox: &str| files.iter().filter(|file| file.inbox == inbox).count();
    assert_eq!((by("bucket"), by("web"), by("firms")), (2, 2, 1), "{files:?}");
    assert!(files.iter().all(|file| Path::new(&file.path).exists()), "{files:?}");
    let began = std::time::Instant::now();
    let is_told = || received(&folder.path().join("received")).iter().any(|line| line.to_string().contains("NOAA-20"));
    while !is_told() && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(is_told(), "the fire of the list reached the receiver\n{}", place.log());
    assert!(!place.log().contains(KEY) && !place.log().contains(words[2]), "no secret in the log");
    assert_eq!(station.stop().0, Some(0), "{}", place.log());
}
