package objective

import "slices"

// maxDepth bounds the nesting of parentheses and signs, so that no text can
// exhaust the stack.
const maxDepth = 100

// parser is a recursive-descent parser with one token of lookahead.
type parser struct {
	lexer
	tok   token
	refs  []Ref
	depth int
}

// part is an expression and its place in the text.
type part struct {
	node
	from, to int
}

func (p *parser) advance(hyphens bool) (err error) {
	p.tok, err = p.next(hyphens)
	return err
}

// is says whether the next token is one of the symbols.
func (p *parser) is(symbols ...string) bool {
	return p.tok.class == symbol && slices.Contains(symbols, p.tok.text)
}

// expect takes the symbol s, or complains.
func (p *parser) expect(s string, hyphens bool) error {
	if !p.is(s) {
		return errorAt(p.tok.from, "expected %q, found %s", s, p.tok.describe())
	}
	return p.advance(hyphens)
}

func (p *parser) objective() (*Objective, error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	op := p.tok
	if !p.is("<=", "<", ">=", ">") {
		return nil, errorAt(op.from, "expected a comparison (<=, <, >= or >), found %s", op.describe())
	}
	if err := p.advance(true); err != nil {
		return nil, err
	}
	leftRefs := len(p.refs)
	right, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.tok.class != end {
		return nil, errorAt(p.tok.from, "expected the end of the objective, found %s", p.tok.describe())
	}
	if len(p.refs) == 0 {
		return nil, errorAt(left.from, "names no strategy: write a metric such as hedge.p95 on at least one side")
	}
	if _, ok := match(left.unit(), right.unit()); !ok {
		return nil, p.mismatch("compare", "with", left, right)
	}
	return &Objective{
		op: op.text, left: left.node, right: right.node, refs: p.refs, leftRefs: leftRefs, subject: p.refs[0].Strategy,
	}, nil
}

// mismatch complains about two parts whose units do not go together, and
// blames the literal among them, or else the right one.
func (p *parser) mismatch(verb, between string, left, right part) error {
	blamed, other := right, left
	if _, ok := left.node.(literal); ok {
		blamed, other = left, right
	}
	return errorAt(blamed.from, "cannot %s %s %s %s: allowed is %s", verb, p.show(left), between, p.show(right), other.unit().allowed())
}

func (p *parser) show(x part) string {
	return string(p.text[x.from:x.to]) + " (" + x.unit().describe() + ")"
}

func (p *parser) sum() (part, error) {
	return p.chain((*parser).product, "+", "-")
}

func (p *parser) product() (part, error) {
	return p.chain((*parser).factor, "*", "/")
}

// chain reads operands with operators of one rank between them, which bind to
// the left.
func (p *parser) chain(operand func(*parser) (part, error), ops ...string) (part, error) {
	left, err := operand(p)
	for err == nil && p.is(ops...) {
		op := p.tok.text
		if err = p.advance(true); err != nil {
			break
		}
		var right part
		if right, err = operand(p); err == nil {
			left, err = p.join(op, left, right)
		}
	}
	return left, err
}

// join makes one part of two, checking their units.
func (p *parser) join(op string, left, right part) (part, error) {
	var u Unit
	var ok bool
	switch op {
	case "*":
		if u, ok = multiply(left.unit(), right.unit()); !ok {
			return part{}, errorAt(right.from, "cannot multiply %s by %s: one of the two must be a plain number or a ratio", p.show(left), p.show(right))
		}
	case "/":
		if u, ok = divide(left.unit(), right.unit()); !ok {
			return part{}, errorAt(right.from, "cannot divide %s by %s: divide by the same unit, by a plain number or by a ratio", p.show(left), p.show(right))
		}
	case "+":
		if u, ok = match(left.unit(), right.unit()); !ok {
			return part{}, p.mismatch("add", "and", left, right)
		}
	default:
		if u, ok = match(left.unit(), right.unit()); !ok {
			return part{}, p.mismatch("take", "minus", left, right)
		}
	}
	return part{node: binary{op: op, left: left.node, right: right.node, in: u}, from: left.from, to: right.to}, nil
}

func (p *parser) factor() (part, error) {
	if p.depth++; p.depth > maxDepth {
		return part{}, errorAt(p.tok.from, "nested too deeply: at most %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	t := p.tok
	switch {
	case t.class == number:
		return part{node: literal{value: t.value, in: t.unit}, from: t.from, to: t.to}, p.advance(true)
	case t.class == name:
		return p.reference()
	case p.is("-"):
		if err := p.advance(true); err != nil {
			return part{}, err
		}
		x, err := p.factor()
		if err != nil {
			return part{}, err
		}
		return part{node: negate(x.node), from: t.from, to: x.to}, nil
	case p.is("("):
		return p.parenthesis()
	default:
		return part{}, errorAt(t.from, "expected a metric such as hedge.p95 or a literal such as 3s, found %s", t.describe())
	}
}

// negate keeps a negative literal a literal.
func negate(n node) node {
	if l, ok := n.(literal); ok {
		return literal{value: -l.value, in: l.in}
	}
	return negation{of: n}
}

func (p *parser) parenthesis() (part, error) {
	from := p.tok.from
	if err := p.advance(true); err != nil {
		return part{}, err
	}
	x, err := p.sum()
	if err != nil {
		return part{}, err
	}
	to := p.tok.to
	return part{node: x.node, from: from, to: to}, p.expect(")", true)
}

// reference reads strategy.metric or strategy.during(fault).metric.
func (p *parser) reference() (part, error) {
	r := Ref{Strategy: p.tok.text, Column: p.tok.from + 1}
	from := p.tok.from
	if err := p.advance(true); err != nil {
		return part{}, err
	}
	if !p.is(".") {
		return part{}, errorAt(from, "%q lacks a metric: write %s.METRIC, where METRIC is one of %s", r.Strategy, r.Strategy, allowedMetrics(false))
	}
	if err := p.advance(false); err != nil {
		return part{}, err
	}
	if p.tok.class == name && p.tok.text == "during" {
		if err := p.during(&r); err != nil {
			return part{}, err
		}
	}
	m := p.tok
	if _, ok := lookUp(m.text, r.Fault != ""); m.class != name || !ok {
		return part{}, errorAt(m.from, "unknown metric %s: allowed are %s", m.describe(), allowedMetrics(r.Fault != ""))
	}
	r.Metric = m.text
	p.refs = append(p.refs, r)
	return part{node: reference{r}, from: from, to: m.to}, p.advance(true)
}

// during reads during(fault). and leaves the metric as the next token.
func (p *parser) during(r *Ref) error {
	if err := p.advance(true); err != nil {
		return err
	}
	if err := p.expect("(", true); err != nil {
		return err
	}
	if p.tok.class != name {
		return errorAt(p.tok.from, "expected the name of a fault, found %s", p.tok.describe())
	}
	r.Fault, r.FaultColumn = p.tok.text, p.tok.from+1
	if err := p.advance(true); err != nil {
		return err
	}
	if err := p.expect(")", true); err != nil {
		return err
	}
	return p.expect(".", false)
}
