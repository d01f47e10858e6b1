-- revision: {{revision}}
-- parents: {{parents}}
-- message: {{message}}
-- created: {{created}}
{{losses}}
-- +up
{{up}}
-- +down
{{down}}
