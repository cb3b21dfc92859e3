"""Reading: what language, feeling, intent, service, place, and could a service act? One pass of the model, one file a question.

A question is one file in this room, found by its file name. It has

- `Options`: its table `[questions.NAME]` of the city profile (pydantic; an unknown key is refused), and
- `classify(city, options, posts, encoded) -> list[Label]`: one label a post, in the order of the posts
  (`core.config.protocols.Question`, which mypy checks in `tools/part_types.py`).

`encoded` (`nlp.inference.model_output.ModelOutput`) is what the language model made of the batch: an embedding a post, logits a head, the
stretches that name places. A question only reads from it, asks nothing of the network, and never lets one post change
the label of another: `test_a_batch_never_changes_a_label` shuffles, splits and singles them out.

`nlp.annotator.Annotator` puts it together; `escucha label` is `nlp.label`; the model's files are in `nlp/models`, made by
`python -m nlp.training` and described in `docs/models`.
"""
