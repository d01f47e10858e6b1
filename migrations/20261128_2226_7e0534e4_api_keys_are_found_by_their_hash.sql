-- revision: 7e0534e4
-- parents: 25649c9a
-- message: API keys are found by their hash
-- created: 2026-11-28T22:26:11Z

-- +up
-- +no-transaction
-- Phase: concurrent
-- lock: none; no rewrite, no scan; data lost: none
-- undo: nothing
SET lock_timeout = 0;
-- lock: SHARE UPDATE EXCLUSIVE on api_key; no rewrite, no scan; data lost: none
-- what an attempt that was broken off left behind, which is no valid index
-- undo: nothing
DROP INDEX CONCURRENTLY IF EXISTS "api_key_hashed_key_key";
-- lock: SHARE UPDATE EXCLUSIVE on api_key; reads all of api_key; data lost: none
-- undo: DROP INDEX CONCURRENTLY IF EXISTS "api_key_hashed_key_key"
CREATE UNIQUE INDEX CONCURRENTLY "api_key_hashed_key_key" ON "api_key" (hashed_key);

-- +transaction
-- Phase: expand
-- lock: ACCESS EXCLUSIVE on api_key; no rewrite, no scan; data lost: none
-- undo: ALTER TABLE "api_key" DROP CONSTRAINT IF EXISTS "api_key_hashed_key_key"
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_hashed_key_key" UNIQUE USING INDEX "api_key_hashed_key_key";

-- +down
-- Phase: expand
-- lock: ACCESS EXCLUSIVE on api_key; no rewrite, no scan; data lost: none
ALTER TABLE "api_key" DROP CONSTRAINT "api_key_hashed_key_key";

