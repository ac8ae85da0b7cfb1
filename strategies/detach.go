package strategies

import "context"

// detach begins an attempt that outlives x. It runs in an exchange of its own
// that no strategy waits in, under the deadline of the request and no other
// reason to stop. The caller holds mu.
func (x *liveExchange) detach(t Target, how Start, position int) {
	ctx, cancel := x.req.overtime(x.ctx)
	own := &liveExchange{}
	own.open(ctx, x.req, how, x.key.Word(uint64(position))) //nolint:gosec // counts from 0
	own.number = x.number
	late := context.AfterFunc(ctx, own.close) // at the deadline, whether or not its model takes notice
	own.free = func() { late(); cancel() }
	how.Tokens = false
	own.launch(t, how, position)
}

// overtime returns a context with the values of ctx that ends at the deadline
// of the request, whatever becomes of ctx.
func (r *liveRequest) overtime(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if r.root.deadline.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, r.root.deadline)
}

// leave gives back what an exchange made for a detached attempt holds.
func (x *liveExchange) leave() {
	if x.free != nil {
		x.free()
	}
}
