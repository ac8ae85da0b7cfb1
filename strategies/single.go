package strategies

// Single asks one target once.
type Single struct {
	Target Target
}
