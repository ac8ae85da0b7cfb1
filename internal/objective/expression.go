package objective

// Expression is one side of an objective, such as hedge.p95 or
// hedge.p99 - single.p99. It is immutable and safe for concurrent use.
type Expression struct {
	text string
	node node
	refs []Ref
}

// ParseExpression reads an expression that names at least one metric. The error
// is always a [*SyntaxError].
func ParseExpression(text string) (*Expression, error) {
	p := &parser{lexer: lexer{text: []rune(text)}}
	if err := p.advance(true); err != nil {
		return nil, err
	}
	sum, err := p.sum()
	switch {
	case err != nil:
		return nil, err
	case p.tok.class != end:
		return nil, errorAt(p.tok.from, "expected the end of the expression, found %s", p.tok.describe())
	case len(p.refs) == 0:
		return nil, errorAt(sum.from, "names no strategy: write a metric such as hedge.p95")
	}
	return &Expression{text: text, node: sum.node, refs: p.refs}, nil
}

// String returns the text that was parsed.
func (e *Expression) String() string { return e.text }

// Refs returns the metrics the expression speaks of, in reading order.
func (e *Expression) Refs() []Ref { return append([]Ref(nil), e.refs...) }

// Unit returns the unit of the value.
func (e *Expression) Unit() Unit { return e.node.unit() }

// Eval computes the value, latencies in milliseconds; see [Objective.Eval].
func (e *Expression) Eval(value func(Ref) (v float64, ok bool)) (v float64, ok bool) {
	return e.node.eval(value)
}
