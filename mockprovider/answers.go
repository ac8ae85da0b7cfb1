package mockprovider

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// answers holds every text a model may answer with, made once so that a plan
// only has to point at one. It is immutable.
type answers struct {
	items     map[string]known // by prompt
	worded    [][]string       // by answer, all its wordings
	sentences []int            // where sentences of the prose begin
}

// known is an item whose right answer is known.
type known struct {
	answer string
	right  int   // position of the answer
	peers  []int // positions of all answers of the task, the right one among them
}

// newAnswers returns the answers to a workload, which may be nil.
func newAnswers(w *Workload) *answers {
	a := &answers{sentences: sentences(passage)}
	if w == nil {
		return a
	}
	all := w.Answers()
	a.items = make(map[string]known, len(w.Items))
	peers := peers(w, all)
	for _, it := range w.Items {
		if i, ok := slices.BinarySearch(all, it.Answer); ok {
			a.items[it.Prompt] = known{answer: it.Answer, right: i, peers: peers[it.Task]}
		}
	}
	for _, text := range append(all, "unknown") {
		a.worded = append(a.worded, wordings(text, w.Reply))
	}
	return a
}

// peers returns the positions in all, which is sorted, of the answers of each
// task. A task of a single answer gets the one after the last, so that there is
// another to be wrong with.
func peers(w *Workload, all []string) map[string][]int {
	of := make(map[string][]int)
	for _, it := range w.Items {
		i, ok := slices.BinarySearch(all, it.Answer)
		if at, has := slices.BinarySearch(of[it.Task], i); ok && !has {
			of[it.Task] = slices.Insert(of[it.Task], at, i)
		}
	}
	for task, positions := range of {
		if len(positions) == 1 {
			of[task] = append(positions, len(all))
		}
	}
	return of
}

// Confidence in percent that a JSON answer states: the model's own word, which
// says nothing about whether it is right.
const (
	leastConfident = 80
	mostConfident  = 99
)

// wordings returns the ways to give the answer.
func wordings(answer string, how Reply) []string {
	if how == ReplyText {
		return []string{answer}
	}
	quoted, err := json.Marshal(answer)
	if err != nil { // no string does that
		return []string{answer}
	}
	var all []string
	for c := leastConfident; c <= mostConfident; c++ {
		all = append(all, fmt.Sprintf(`{"category":%s,"confidence":0.%02d}`, quoted, c))
	}
	return all
}

// wrong draws one of the other answers of the task.
func (it *known) wrong(k draw.Key) int {
	i := k.IntN(len(it.peers) - 1)
	if it.peers[i] >= it.right {
		i++
	}
	return it.peers[i]
}

func (a *answers) wording(i int, k draw.Key) string {
	ways := a.worded[i]
	return ways[k.IntN(len(ways))]
}

// bytesPerToken is the vendors' rule of thumb for English.
const bytesPerToken = 4

// prose returns a text of the given length, or of all there is.
func (a *answers) prose(k draw.Key, tokens int) string {
	from := a.sentences[k.IntN(len(a.sentences))]
	return corpus[from:min(from+bytesPerToken*tokens, len(corpus))]
}

// limit cuts a text to the given number of tokens; 0 means no limit.
func limit(text string, tokens int) string {
	if tokens <= 0 || llm.EstimateTokens(text) <= tokens {
		return text
	}
	end := bytesPerToken * tokens
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// sentences returns where the sentences of a text begin.
func sentences(text string) []int {
	starts := []int{0}
	for i := 0; ; {
		next := strings.Index(text[i:], ". ")
		if next < 0 || i+next+2 >= len(text) {
			return starts
		}
		i += next + 2
		starts = append(starts, i)
	}
}

// passage is what a mock says when it knows no better: ASCII, so that it can be
// cut anywhere.
const passage = "Thank you for getting in touch. We have looked at your account and found the " +
	"reason for what you describe. The change you made last week takes effect at the start of the " +
	"next billing period, which is why the page still shows the earlier value. You do not need to " +
	"do anything for now. If you would like it to apply at once, open the settings, choose the " +
	"plan, and confirm the new amount; a receipt follows by mail within a few minutes. Should the " +
	"receipt not arrive, check that the address on file is the one you read. Our records show two " +
	"sign-ins from a new device, so we have asked for a second factor until you confirm that both " +
	"were yours. The export you asked for is ready and stays available for seven days. Large files " +
	"are split into parts of one gigabyte each, and the parts can be fetched in any order. When a " +
	"part fails, fetch only that part again. We are sorry for the delay in shipping. The parcel " +
	"left our warehouse this morning, and the carrier expects to deliver it on the second working " +
	"day after that. You can follow it with the number in the message from the carrier. In the " +
	"meantime we have refunded the fee for fast delivery, since it was not fast. Let us know if " +
	"there is anything else that we can do for you, and quote the number of this ticket so that " +
	"the next person who reads it knows what has been said. "

const (
	passages8 = passage + passage + passage + passage + passage + passage + passage + passage
	corpus    = passages8 + passages8 + passages8 + passages8 + passages8
)
