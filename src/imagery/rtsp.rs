//! Streams by RTSP: H.264, H.265 and JPEG, the first video of a camera.

use super::gop::{Codec, Unit};
use super::live::{Camera, Film, Never, PATIENCE, Watch};
use super::login::Refusal;
use super::picture;
use crate::http::one_line;
use futures_util::StreamExt;
use reqwest::Url;
use retina::client::{
    Credentials, Demuxed, Described, InitialSequenceNumberPolicy, PlayOptions, Session, SessionOptions, SetupOptions,
    TeardownPolicy, Transport, UdpTransportOptions,
};
use retina::codec::{CodecItem, FrameFormat, VideoFrame};
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Plays a camera until it ends.
pub(super) async fn play(camera: &Camera, url: &Url, udp: bool) -> Result<Never, Refusal> {
    let credentials = camera.credentials.as_ref();
    let login =
        credentials.map(|own| Credentials { username: own.user.clone(), password: own.password.reveal().to_string() });
    let agent = concat!("strawfire/", env!("CARGO_PKG_VERSION")).to_string();
    let options = SessionOptions::default().creds(login).user_agent(agent).teardown(TeardownPolicy::Auto);
    let mut session = within(camera, Session::describe(url.clone(), options)).await?;
    let (stream, codec) = first_video(&session)?;
    let transport = if udp { Transport::Udp(UdpTransportOptions::default()) } else { Transport::default() };
    let setup = SetupOptions::default().transport(transport).frame_format(FrameFormat::SIMPLE);
    within(camera, session.setup(stream, setup)).await?;
    let playing =
        within(camera, session.play(PlayOptions::default().initial_seq(InitialSequenceNumberPolicy::Ignore))).await?;
    let stream = playing.demuxed().map_err(|error| refusal(camera, &error))?;
    match codec {
        Some(codec) => film(camera, stream, codec).await,
        None => jpegs(camera, stream).await,
    }
}

/// Which stream is asked for and how it is coded; no codec: JPEGs.
fn first_video(session: &Session<Described>) -> Result<(usize, Option<Codec>), Refusal> {
    let mut others = Vec::new();
    for (at, stream) in session.streams().iter().enumerate().filter(|(_, stream)| stream.media() == "video") {
        match stream.encoding_name() {
            "h264" => return Ok((at, Some(Codec::H264))),
            "h265" => return Ok((at, Some(Codec::H265))),
            "jpeg" => return Ok((at, None)),
            other => others.push(one_line(other, 20)),
        }
    }
    let found =
        if others.is_empty() { "no video".to_string() } else { format!("video coded as {}", others.join(", ")) };
    Err(Refusal::of(format!("found {found}; expected H.264, H.265 or JPEG; set the camera to H.264")))
}

/// The answer to one step of the conversation.
async fn within<T>(camera: &Camera, step: impl Future<Output = Result<T, retina::Error>>) -> Result<T, Refusal> {
    let silent = |_| {
        Refusal::of(format!(
            "found no answer within {} s; expected a camera by RTSP; check its power, its network and its port",
            PATIENCE.as_secs()
        ))
    };
    timeout(PATIENCE, step).await.map_err(silent)?.map_err(|error| refusal(camera, &error))
}

fn refusal(camera: &Camera, error: &retina::Error) -> Refusal {
    match error.status_code() {
        Some(status @ (401 | 403)) => Refusal::login(status, camera.credentials.as_ref()),
        Some(404) => Refusal::of("found no such stream (status 404); expected one; check the path of the address"),
        _ => {
            // what follows the first line is for whoever watches the network
            let text = error.to_string();
            let said = one_line(text.lines().next().unwrap_or_default(), 160);
            Refusal::of(format!(
                "found that the stream broke ({said}); expected a camera by RTSP; check its power, its network and its port"
            ))
        }
    }
}

/// The next picture of a stream that must not stand still.
async fn next(camera: &Camera, stream: &mut Demuxed, patience: Duration) -> Result<VideoFrame, Refusal> {
    let began = Instant::now();
    loop {
        let left = patience.saturating_sub(began.elapsed());
        let silent = |_| {
            Refusal::of(format!(
                "found a stream in which nothing came for {} s; expected pictures; restart the camera",
                patience.as_secs()
            ))
        };
        match timeout(left, stream.next()).await.map_err(silent)? {
            Some(Ok(CodecItem::VideoFrame(frame))) => return Ok(frame),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(refusal(camera, &error)),
            None => {
                return Err(Refusal::of(
                    "found that the stream was ended by the camera; expected one without end; it is asked again",
                ));
            }
        }
    }
}

async fn film(camera: &Camera, mut stream: Demuxed, codec: Codec) -> Result<Never, Refusal> {
    let mut film = Film::new(camera, codec);
    loop {
        tokio::select! {
            frame = next(camera, &mut stream, PATIENCE) => {
                let frame = frame?;
                let (key, disposable, broken) = (frame.is_random_access_point(), frame.is_disposable(), frame.loss() > 0);
                film.add(Unit { data: frame.into_data(), key, disposable, broken })?;
            }
            () = film.decoded() => {}
        }
    }
}

async fn jpegs(camera: &Camera, mut stream: Demuxed) -> Result<Never, Refusal> {
    let mut watch = Watch::new(camera.pace);
    let mut due = Instant::now();
    loop {
        let frame = next(camera, &mut stream, PATIENCE).await?;
        watch.check("JPEGs, none of which can be decoded")?;
        if frame.loss() > 0 || Instant::now() < due {
            continue;
        }
        match picture::decode_apart(frame.into_data()).await {
            Ok(image) => {
                due = Instant::now() + Duration::from_secs_f64(camera.pace.every_s.max(0.0));
                watch.well();
                camera.frame(image);
            }
            Err(what) => watch.said = what,
        }
    }
}
