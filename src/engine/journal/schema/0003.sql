-- The key a caller gave a run, so that the same request under the same key is not carried out twice. In events from
-- before, nothing is said of it: there was none.
ALTER TABLE runs ADD COLUMN idempotency_key TEXT;
CREATE INDEX runs_by_key ON runs (workspace, idempotency_key) WHERE idempotency_key IS NOT NULL;
