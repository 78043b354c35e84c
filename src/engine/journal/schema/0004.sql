-- What takes two saves is two changes: the second names the recording that makes it. In events from before, nothing is
-- said of it: there was none.
ALTER TABLE changes ADD COLUMN flow TEXT;
