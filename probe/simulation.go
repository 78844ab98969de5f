package probe

// NewRecord wraps results that need neither a model nor data: a simulation's.
func NewRecord(kind string, seed uint64, results any, warnings ...string) *Record {
	s := &Subject{Environment: (&Config{}).environment()}
	return s.Record(kind, seed, results, warnings...)
}
