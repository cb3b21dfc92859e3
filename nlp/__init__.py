"""Label posts: language, sentiment, intent, topic, actionable, relevance, spam and places.

One forward pass of the model serves all questions. A question is one folder in `nlp/questions` with a manifest, `part.toml` (name, docs,
how good it is), found by its name. It has

- `Options`: the model of its table `[questions.NAME]` in the city profile (pydantic; an unknown key is refused), and
- `classify(city, options, posts, encoded) -> list[Label]`: one label per post, in the order of the posts
  (`core.config.protocols.Question`, which mypy checks in the generated `workshop/part_types.py`).

`encoded` (`nlp.inference.model_output.ModelOutput`) holds the model's output for the batch: one embedding per post, the logits of
each head, the spans that name places. A question reads from it only, makes no network request, and never lets one post change the
label of another: `test_a_batch_never_changes_a_label` shuffles, splits and isolates posts.

`nlp.annotator.Annotator` is the entry point; `escucha label` is `nlp.label`. The model's files are in `nlp/models`, written by
`python -m workshop.training` and described in `docs/models`.
"""
