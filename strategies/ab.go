package strategies

import (
	"strconv"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// DefaultShare is the share of keys an [AB] gives to the challenger unless told
// otherwise.
const DefaultShare = 0.10

// AB tries a challenger beside a control, in one of two ways.
//
// As a split, a share of the keys goes to the challenger and the rest to the
// control: each request is asked of one of them. Which one is a hash of the
// test's name and the request's key, and of nothing else. It is the same in
// every run, in every process and under every seed, so a user keeps his arm; a
// larger share moves keys to the challenger and none away from it.
//
// As a shadow, the control answers every request and the challenger gets a copy
// of it that nobody waits for. What becomes of the copy is in the [Outcome]; it
// costs what any call costs.
//
// Which arm has to answer is in a note, [Assigned], left before anything else.
type AB struct {
	Control, Challenger Target
	// Share is the share of keys that go to the challenger, or in shadow mode are
	// copied to it, from 0 to 1; 0 means [DefaultShare], or in shadow mode all.
	Share float64
	// Name tells tests apart: two tests of different names split the same keys
	// independently of each other. Empty is a name too.
	Name string
	// Key returns what an assignment sticks to; nil means the Key of the
	// request. An empty key stands for the request alone, by its ID.
	Key func(*llm.Request) string
	// Shadow sends copies to the challenger instead of a share of the keys.
	Shadow bool
}

var _ Strategy = AB{}

// The arms of an [AB] test, as in the Text of a note of kind [Assigned].
const (
	Control    = "control"
	Challenger = "challenger"
)

// Run implements [Strategy].
func (ab AB) Run(x *Exchange) (llm.Answer, error) {
	chosen := ab.chosen(x.Request())
	target, arm := ab.Control, Control
	if chosen && !ab.Shadow {
		target, arm = ab.Challenger, Challenger
	}
	x.Note(Note{Kind: Assigned, Target: target.Name(), Text: arm})
	attempt := x.Start(target, Start{})
	if chosen && ab.Shadow {
		x.Start(ab.Challenger, Start{Role: AsShadow, Detached: true})
	}
	x.Commit(attempt)
	return x.Next().result()
}

// chosen says whether the challenger gets the request.
func (ab AB) chosen(r *llm.Request) bool {
	share := ab.Share
	switch {
	case share > 0:
	case ab.Shadow:
		share = 1
	default:
		share = DefaultShare
	}
	return draw.New(draw.Hash(ab.Name)).Name(ab.key(r)).Float64() < share
}

// EachRequest is an [AB]'s Key that assigns every request by itself, whoever
// asks.
func EachRequest(*llm.Request) string { return "" }

// key returns what the assignment of r sticks to.
func (ab AB) key(r *llm.Request) string {
	key := r.Key
	if ab.Key != nil {
		key = ab.Key(r)
	}
	if key == "" {
		return "#" + strconv.FormatUint(r.ID, 10)
	}
	return key
}
