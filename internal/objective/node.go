package objective

// node is a checked expression.
type node interface {
	unit() Unit
	// eval computes the value from the metrics' values; ok is false when one
	// of them is not known.
	eval(value func(Ref) (float64, bool)) (v float64, ok bool)
}

var _ = []node{literal{}, reference{}, negation{}, binary{}}

type literal struct {
	value float64
	in    Unit
}

func (n literal) unit() Unit                                     { return n.in }
func (n literal) eval(func(Ref) (float64, bool)) (float64, bool) { return n.value, true }

type reference struct{ ref Ref }

func (n reference) unit() Unit { return n.ref.Unit() }

func (n reference) eval(value func(Ref) (float64, bool)) (float64, bool) { return value(n.ref) }

type negation struct{ of node }

func (n negation) unit() Unit { return n.of.unit() }

func (n negation) eval(value func(Ref) (float64, bool)) (float64, bool) {
	v, ok := n.of.eval(value)
	return -v, ok
}

type binary struct {
	op          string
	left, right node
	in          Unit
}

func (n binary) unit() Unit { return n.in }

func (n binary) eval(value func(Ref) (float64, bool)) (float64, bool) {
	a, ok := n.left.eval(value)
	if !ok {
		return 0, false
	}
	b, ok := n.right.eval(value)
	switch n.op {
	case "+":
		return a + b, ok
	case "-":
		return a - b, ok
	case "*":
		return a * b, ok
	default:
		return a / b, ok
	}
}
