package conformance_test

import (
	"testing"
	"testing/synctest"

	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

func TestMeasure(t *testing.T) {
	for _, l := range []library{openAI(), openAIResponses(), anthropicSDK(), geminiSDK()} {
		for _, m := range []string{"truncate-inside", "blank", "empty", "refusal", "no-usage", "wrong-model", "slow-first", "pause", "in-stream", "in-stream-0"} {
			for _, stream := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					srv := mocktest.StartInBubble(t, weather())
					got, sent := l.send(t, srv, question{model: m, stream: stream})
					f := l.read(got.err)
					t.Logf("%-16v %-16s %-6s tries %d err %+v text %d model %q stop %q usage %+v took %v", l.format, m, way(stream), len(sent), f, len(got.Text), got.Model, got.Stop, got.Usage, srv.Journal.Entries(0)[0].Lasted)
				})
			}
		}
	}
}
