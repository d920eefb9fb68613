//! README.txt: what is in the zip, what is not, and how it is checked.

use super::document::place;
use super::material::Material;
#[cfg(test)]
use super::pictures::LONGEST;
use crate::deliver::{PROGRAM, PROGRAM_VERSION};
use crate::site::Site;
use crate::time::Utc;
use std::fmt::Write as _;

pub(super) fn text(material: &Material, site: &Site, is_masked: bool, missing: &[String], now: Utc) -> String {
    let event = &material.shown.stored.event;
    let mark = if material.is_simulated() { "【模拟数据，不是真实火点】" } else { "" };
    let kind = if is_masked { "脱敏副本" } else { "证据包" };
    let mut said = format!(
        "{mark}疑似火点{kind}\n\n事件 {}\n地点 {}\n首次发现 {}（北京时间）\n制作 {}（北京时间），{PROGRAM} {PROGRAM_VERSION}\n\n",
        event.id,
        place(site, event, is_masked),
        event.first_seen.beijing(),
        now.beijing()
    );
    said += if is_masked { MASKED } else { WHOLE };
    said += "\n缺失\n";
    if missing.is_empty() {
        said += "  无。\n";
    }
    for line in missing {
        let _ = writeln!(said, "  {line}");
    }
    said += "\n如何核对\n  每个文件的 SHA-256 见 manifest.csv，可用 sha256sum（Linux）或 certutil -hashfile 文件 SHA256（Windows）计算。\n";
    let (seq, hash) = &material.head;
    if !is_masked {
        said += AUDIT;
        let _ = writeln!(said, "  制作时审计日志的最后一行是 {seq}:{hash}");
        if let Some(last) = material.audit.last() {
            let _ = writeln!(said, "  本摘录的最后一行是 {}:{}", last.line.seq, last.hash);
        }
    }
    said += "\n疑似火点是线索，不是证据，也不是指控；核查结果与原因是两项，未经现场核实的不作认定依据。\n";
    // people open it in Notepad
    format!("\u{FEFF}{}", said.replace('\n', "\r\n"))
}

const WHOLE: &str = "内含
  case.docx       案件报告
  photos/         现场原图（far 远景，near 近景，traces 痕迹，other 未注明）；SHA-256 与手机登记的不一致或未到的不放入，列在“缺失”
  cameras/        摄像机应召查看的图片和视频片段
  sightings/      摄像机、无人机、平台发现时的图片和视频片段
  satellite/      每次卫星观测一张示意图：按探测记录（位置、像元范围、亮温、功率）绘制，不是卫星辐射影像
  卫星影像/       30 米、20 米卫星影像切片（一级产品，每像元一格，未平滑；波段、拉伸、来源、时间见图内）
  timeline.csv    从探测到办结的全部经过：告知、办理、提醒督办、照片（服务器收到的时间）、摄像机、电话
  audit.csv       审计日志中与本事件有关的行，含前一行和本行的哈希
  manifest.csv    文件清单：字节数、SHA-256、来源、时间
  含个人信息，仅供办案，不得发布；发布用脱敏副本。
";

const MASKED: &str = "!! 发布前必须由人逐张核看照片：人脸、车牌、门牌不会自动遮盖。核看之前不得发布。
!! 说明文字中的人名只遮盖名册里有的和“村民、户主”等词后面的，其余须由人核看。

本副本做了
  人名写作 马**，电话写作 138****0000，身份证号、车牌号隐去
  照片缩到最长边 1280 像素，去掉 EXIF（含拍摄位置），图下压印地点（只到乡镇）和日期
  经纬度取整到 0.01 度（约 1 公里）；示意图上的位置同样取整，不画像元范围
  视频片段、卫星影像切片不列入；审计日志只列行号、时间、动作和哈希
";

const AUDIT: &str = "  审计日志逐行相连：本行哈希 = SHA-256(JSON 数组 [previous, seq, at_us, who, origin, action, record, detail])，UTF-8，无空格。
  在数据库所在的机器上运行 strawfire audit verify --noted 行号:哈希，可核对整条链，并核对这一行仍与摘录一致。
";

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_said_of_the_size_is_what_is_done() {
        assert!(super::MASKED.contains(&format!("最长边 {} 像素", super::LONGEST)));
    }
}
