-- What a photo is of, and the audit by the record that a line is of: the evidence of a case is asked for by it.

-- far, near or traces; none where the phone did not ask
ALTER TABLE photos ADD COLUMN kind TEXT;
CREATE INDEX audit_record ON audit (record, seq);
