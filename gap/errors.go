package gap

// The fixed panic vocabulary: a caller's fault, never a fault of the data.
const (
	// ErrShape: dimensions do not agree.
	ErrShape = "gap: dimension mismatch"
	// ErrTooFew: the definition needs more rows than there are.
	ErrTooFew = "gap: too few rows"
	// ErrIndex: an index lies outside its matrix.
	ErrIndex = "gap: index out of range"
	// ErrActivation: no activation of that name.
	ErrActivation = "gap: unknown activation"
)
