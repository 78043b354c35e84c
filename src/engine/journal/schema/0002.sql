-- Invitations sent again count against a limit of their own. In events from before, nothing is said of it: none was.
ALTER TABLE changes ADD COLUMN is_resend INTEGER NOT NULL DEFAULT 0;
