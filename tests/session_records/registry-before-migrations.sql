-- A registry as it was made before there were migrations, with two sessions that ended and one that did not.
BEGIN TRANSACTION;
CREATE TABLE session_numbers (
	series VARCHAR(200) NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (series)
);
INSERT INTO "session_numbers" VALUES('KNEE-20261120',3);
CREATE TABLE sessions (
	session VARCHAR(200) NOT NULL, 
	"plan" VARCHAR(200) NOT NULL, 
	robot VARCHAR(200) NOT NULL, 
	"on" VARCHAR(200) NOT NULL, 
	started_at DATETIME NOT NULL, 
	proof_hash VARCHAR(200), 
	height_m DOUBLE, 
	mass_kg DOUBLE, 
	"end" VARCHAR(200), 
	reason VARCHAR(200), 
	duration_s DOUBLE, 
	trace VARCHAR(200), 
	trace_sha256 VARCHAR(200), 
	metrics JSON, 
	process VARCHAR(200) NOT NULL, 
	PRIMARY KEY (session)
);
INSERT INTO "sessions" VALUES('KNEE-20261120-0001','Knee, walking pattern, slow','knee-exo','sim','2026-11-20 08:00:00.000000',NULL,1.71,64.0,'stopped','completed',61.5,'sessions/KNEE-20261120-0001/trace.parquet','abababababababababababababababababababababababababababababababab','{"rows": 3, "joints": {"knee": {"low_deg": 20.0, "high_deg": 64.5}}}','29316 1268012');
INSERT INTO "sessions" VALUES('KNEE-20261120-0002','b','knee-exo','sim','2026-11-20 09:00:00.000000',NULL,1.71,64.0,'stopped','completed',61.5,'sessions/KNEE-20261120-0002/trace.parquet','abababababababababababababababababababababababababababababababab','{"rows": 3, "joints": {"knee": {"low_deg": 20.0, "high_deg": 64.5}}}','29316 1268012');
INSERT INTO "sessions" VALUES('KNEE-20261120-0003','Knee, walking pattern, slow','knee-exo','sim','2026-11-20 10:00:00.000000',NULL,1.71,64.0,NULL,NULL,NULL,NULL,NULL,NULL,'29316 1268012');
CREATE INDEX ix_sessions_started_at ON sessions (started_at);
CREATE INDEX ix_sessions_plan ON sessions ("plan");
CREATE INDEX ix_sessions_end ON sessions ("end");
COMMIT;
