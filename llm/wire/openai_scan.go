package wire

// The scan methods read what the tags of their types say, in the same names in
// lower case; FuzzScanner holds the two against each other.

func (q *openAIRequest) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "model":
			s.string(&q.Model)
		case "messages":
			each(s, &q.Messages)
		case "max_completion_tokens":
			s.optionalInt(&q.MaxCompletionTokens)
		case "max_tokens":
			s.optionalInt(&q.MaxTokens)
		case "stream":
			s.bool(&q.Stream)
		case "stream_options":
			one(s, &q.StreamOptions)
		default:
			s.skip()
		}
	}
}

func (o *openAIStreamOptions) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "include_usage":
			s.bool(&o.IncludeUsage)
		default:
			s.skip()
		}
	}
}

func (m *openAIMessage) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "role":
			s.string(&m.Role)
		case "content":
			s.string((*string)(&m.Content)) // a list is rare
		default:
			s.skip()
		}
	}
}

func (u *openAIUsage) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "prompt_tokens":
			s.int(&u.PromptTokens)
		case "completion_tokens":
			s.int(&u.CompletionTokens)
		case "total_tokens":
			s.int(&u.TotalTokens)
		case "prompt_tokens_details":
			u.PromptDetails.scan(s)
		case "completion_tokens_details":
			u.CompletionDetails.scan(s)
		default:
			s.skip()
		}
	}
}

func (d *openAIPromptDetails) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "cached_tokens":
			s.int(&d.Cached)
		case "audio_tokens":
			s.int(&d.Audio)
		default:
			s.skip()
		}
	}
}

func (d *openAICompletionDetails) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "reasoning_tokens":
			s.int(&d.Reasoning)
		case "audio_tokens":
			s.int(&d.Audio)
		case "accepted_prediction_tokens":
			s.int(&d.Accepted)
		case "rejected_prediction_tokens":
			s.int(&d.Rejected)
		default:
			s.skip()
		}
	}
}

func (c *openAIChunk) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "object":
			s.string(&c.Object)
		case "model":
			s.string(&c.Model)
		case "choices":
			each(s, &c.Choices)
		case "usage":
			one(s, &c.Usage)
		case "error":
			s.absent()
		default:
			s.skip()
		}
	}
}

func (p *openAIProgress) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "index":
			s.int(&p.Index)
		case "delta":
			p.scanDelta(s)
		case "finish_reason":
			s.optional(&p.FinishReason)
		default:
			s.skip()
		}
	}
}

func (p *openAIProgress) scanDelta(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "content":
			s.string(&p.Delta.Content)
		case "refusal":
			s.optional(&p.Delta.Refusal)
		default:
			s.skip()
		}
	}
}
