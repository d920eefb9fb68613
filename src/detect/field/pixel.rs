//! One pixel: its reflectances, and what is kept of them.

/// Reflectances at the top of the atmosphere by the bands of OLI (ALGORITHMS 3.1): .44, .48, .56, .65, .86, 1.6, 2.2 um.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rho {
    pub r1: f64,
    pub r2: f64,
    pub r3: f64,
    pub r4: f64,
    pub r5: f64,
    pub r6: f64,
    pub r7: f64,
}

impl Rho {
    /// All of them divided by a number.
    pub fn over(self, by: f64) -> Rho {
        let Rho { r1, r2, r3, r4, r5, r6, r7 } = self;
        Rho { r1: r1 / by, r2: r2 / by, r3: r3 / by, r4: r4 / by, r5: r5 / by, r6: r6 / by, r7: r7 / by }
    }

    /// All of them times a number.
    pub fn times(self, by: f64) -> Rho {
        let Rho { r1, r2, r3, r4, r5, r6, r7 } = self;
        Rho { r1: r1 * by, r2: r2 * by, r3: r3 * by, r4: r4 * by, r5: r5 * by, r6: r6 * by, r7: r7 * by }
    }
}

/// What the tests of single pixels found: a set of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks(pub u16);

impl Marks {
    /// Schroeder: sure fire (E1, E2).
    pub const SCHROEDER_SURE: Marks = Marks(1);
    /// Schroeder: potential fire (E3, E6).
    pub const SCHROEDER_POTENTIAL: Marks = Marks(1 << 1);
    /// Schroeder: water (E7 to E9).
    pub const SCHROEDER_WATER: Marks = Marks(1 << 2);
    /// Kumar-Roy: sure fire.
    pub const KUMAR_SURE: Marks = Marks(1 << 3);
    /// Kumar-Roy: a fire if it lies beside a sure one.
    pub const KUMAR_BESIDE: Marks = Marks(1 << 4);
    /// Kumar-Roy: potential fire.
    pub const KUMAR_POTENTIAL: Marks = Marks(1 << 5);
    /// Kumar-Roy: water.
    pub const KUMAR_WATER: Marks = Marks(1 << 6);
    /// Murphy: hot.
    pub const MURPHY_HOT: Marks = Marks(1 << 7);
    /// Murphy: a fire if it lies beside a hot one.
    pub const MURPHY_BESIDE: Marks = Marks(1 << 8);
    /// rho7 is above zero.
    pub const POSITIVE: Marks = Marks(1 << 9);
    /// Not measured.
    pub const FILL: Marks = Marks(1 << 10);
    /// Cloud.
    pub const CLOUD: Marks = Marks(1 << 11);
    /// Snow.
    pub const SNOW: Marks = Marks(1 << 12);
    /// Hot by night.
    pub const NIGHT_HOT: Marks = Marks(1 << 13);
    /// AFD-S2: core of a fire.
    pub const AFD_CORE: Marks = Marks(1 << 14);
    /// AFD-S2: a fire if it lies beside a core.
    pub const AFD_BESIDE: Marks = Marks(1 << 15);

    /// Whether one of the marks is set.
    #[inline]
    pub fn any(self, marks: Marks) -> bool {
        self.0 & marks.0 != 0
    }

    /// With these marks too.
    #[must_use]
    pub const fn with(self, marks: Marks) -> Marks {
        Marks(self.0 | marks.0)
    }

    /// With these marks where something is so.
    #[must_use]
    #[inline]
    pub(super) fn when(self, is_so: bool, marks: Marks) -> Marks {
        if is_so { self.with(marks) } else { self }
    }
}
