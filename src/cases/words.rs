//! The words of the field, as programs and as people write them.

use serde::{Deserialize, Serialize};

/// A word with its code and its Chinese name, one a line.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $code:literal $chinese:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$inner])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// All of them, in the order in which people read them.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// As programs write it.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }

            /// As people write it.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $chinese,)+ }
            }

            /// From its code.
            pub fn of(code: &str) -> Option<Self> {
                $name::ALL.iter().copied().find(|word| word.code() == code)
            }
        }
    };
}

words! {
    /// Where a case is in its life.
    Status {
        /// Nobody has decided yet.
        Triage = "triage" "待研判",
        /// A post has it.
        Dispatched = "dispatched" "已派发",
        /// The post knows of it.
        Acknowledged = "acknowledged" "已签收",
        /// Somebody is there.
        OnSite = "on_site" "已到场",
        /// What was found is said.
        Reported = "reported" "已反馈",
        /// Somebody else approved it.
        Reviewed = "reviewed" "已审核",
        /// Done.
        Closed = "closed" "办结",
        /// The post says that it is not its own.
        Returned = "returned" "已退回",
        /// Waits for something.
        Suspended = "suspended" "挂起",
        /// Not worth a drive.
        Excluded = "excluded" "已排除",
    }
}

impl Status {
    /// Whether a post has it and has not answered.
    pub fn is_with_post(self) -> bool {
        matches!(self, Status::Dispatched | Status::Acknowledged | Status::OnSite)
    }
}

words! {
    /// What an officer found on the ground. (By the time that many passes arrive the fire is out: no trace is no false alarm by itself.)
    Finding {
        /// It burns.
        Burning = "burning" "正在燃烧",
        /// It is out, and traces are there.
        OutWithTraces = "out_with_traces" "已熄灭有痕迹",
        /// Nothing was found.
        NoTrace = "no_trace" "未发现痕迹",
        /// Nobody came there.
        NotReached = "not_reached" "无法到达",
    }
}

words! {
    /// Why it burned.
    Cause {
        /// Straw.
        Straw = "straw" "秸秆",
        /// Garbage.
        Garbage = "garbage" "垃圾",
        /// Waste grass.
        WasteGrass = "waste_grass" "荒草",
        /// Offerings at graves.
        Grave = "grave" "祭祀",
        /// A custom.
        Custom = "custom" "民俗",
        /// Cooking or heating.
        CookingHeating = "cooking_heating" "炊事取暖",
        /// Film of fields.
        Film = "film" "农膜",
        /// Planned burning.
        Planned = "planned" "计划烧除",
        /// A fire of forest or grassland.
        Wildfire = "wildfire" "林草火",
        /// Industry.
        Industry = "industry" "工业热源",
        /// Panels that mirror the sun.
        Solar = "solar" "光伏",
        /// The sensor saw nothing real.
        Misjudged = "misjudged" "误判",
        /// Not known.
        Unknown = "unknown" "不明",
    }
}

words! {
    /// What a photo of the field is of.
    PhotoKind {
        /// The place from afar, with what it is known by.
        Far = "far" "远景",
        /// The fire, or what is left of it.
        Near = "near" "近景",
        /// Traces: ash, burnt ground.
        Traces = "traces" "痕迹",
    }
}

words! {
    /// What an account is.
    Role {
        /// The city's desk.
        City = "city" "市级值班席",
        /// A county's desk.
        County = "county" "县级值班席",
        /// A township.
        Township = "township" "乡镇",
        /// A post of the grid; also the phone that opened the link of a task.
        Post = "post" "岗位",
        /// Who only looks.
        Viewer = "viewer" "查看",
        /// A program.
        System = "system" "系统",
        /// A rule of the site that gives work to posts by itself; no account has it.
        Rule = "rule" "规则",
    }
}
