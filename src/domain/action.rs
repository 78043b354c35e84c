//! [`Action`]: what a roster comes to for one person, and [`Approval`]: what somebody has to agree to before.

/// The kinds of item, in the order in which changes are made: what frees a seat comes before what needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Take an invitation back.
    CancelInvite,
    /// Take access, and keep the person in the list.
    Deactivate,
    /// Take out of the workspace.
    Remove,
    /// Give a leaver the role that the policy names.
    Downgrade,
    /// Give the role that the roster names.
    Role,
    /// Give access back.
    Reactivate,
    /// Send an invitation again that has expired.
    Resend,
    /// Invite.
    Add,
    /// Perhaps somebody of the list, or of the roster, under another address.
    Renamed,
    /// Nobody can tell which row, of the list or of the roster, is meant.
    Ambiguous,
    /// Only a person can say what is right.
    NeedsPerson,
    /// A leaver whom the policy only tells of.
    Leaver,
    /// A leaver whose days of grace are not over.
    Waits,
    /// No change may touch them, and one would be needed.
    Protected,
    /// Nobody whom the roster speaks for.
    Unmanaged,
    /// As it shall be.
    Keep,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::CancelInvite,
        Self::Deactivate,
        Self::Remove,
        Self::Downgrade,
        Self::Role,
        Self::Reactivate,
        Self::Resend,
        Self::Add,
        Self::Renamed,
        Self::Ambiguous,
        Self::NeedsPerson,
        Self::Leaver,
        Self::Waits,
        Self::Protected,
        Self::Unmanaged,
        Self::Keep,
    ];

    /// The word of plans and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CancelInvite => "cancel_invite",
            Self::Deactivate => "deactivate",
            Self::Remove => "remove",
            Self::Downgrade => "downgrade",
            Self::Role => "role",
            Self::Reactivate => "reactivate",
            Self::Resend => "resend",
            Self::Add => "add",
            Self::Renamed => "renamed?",
            Self::Ambiguous => "ambiguous",
            Self::NeedsPerson => "needs_person",
            Self::Leaver => "leaver",
            Self::Waits => "waits",
            Self::Protected => "protected",
            Self::Unmanaged => "unmanaged",
            Self::Keep => "keep",
        }
    }

    /// Somebody should look: it is neither a change nor in order.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Renamed | Self::Ambiguous | Self::NeedsPerson | Self::Leaver | Self::Protected)
    }
}

/// Why a change has to be approved by somebody (D7.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approval {
    /// A privileged role is given.
    PrivilegedGrant,
    /// The map says that data may be lost.
    DataLoss,
    /// Something is taken from somebody, and no roster was applied here before.
    FirstRemoval,
    /// Something is taken from somebody; only where the policy says so.
    Removal,
    /// A paid seat more is used; only where the policy says so.
    NewSeat,
    /// It is a change; only where the policy says so.
    Change,
}

impl Approval {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::PrivilegedGrant,
        Self::DataLoss,
        Self::FirstRemoval,
        Self::Removal,
        Self::NewSeat,
        Self::Change,
    ];
    /// Those that a policy may add to what is approved anyway.
    pub const ADDED: [Self; 3] = [Self::Removal, Self::NewSeat, Self::Change];

    /// The class of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }

    /// The word of plans and configurations.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PrivilegedGrant => "privileged_grant",
            Self::DataLoss => "data_loss",
            Self::FirstRemoval => "first_removal",
            Self::Removal => "removal",
            Self::NewSeat => "new_seat",
            Self::Change => "change",
        }
    }

    /// Why, in words for people.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::PrivilegedGrant => "a privileged role is given",
            Self::DataLoss => "data may be lost",
            Self::FirstRemoval => "no roster was applied here before",
            Self::Removal => "something is taken",
            Self::NewSeat => "a paid seat more is used",
            Self::Change => "every change has to be approved",
        }
    }
}
