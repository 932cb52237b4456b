{{/* courant.toml from values. Helm's own toToml writes 64000000 as 6.4e+07, which is no integer in TOML. */}}

{{/* The settings of a role, its own over the common ones, as YAML: (dict "root" $ "role" "poller"). */}}
{{- define "courant.settings" -}}
{{- $own := (index .root.Values .role).config | default dict -}}
{{- mergeOverwrite (deepCopy .root.Values.config) (deepCopy $own) | toYaml -}}
{{- end }}

{{- define "courant.toml.key" -}}
{{- if regexMatch "^[A-Za-z0-9_-]+$" . }}{{ . }}{{ else }}{{ . | toJson }}{{ end -}}
{{- end }}

{{- define "courant.toml.value" -}}
{{- if kindIs "string" . }}{{ . | toJson }}
{{- else if kindIs "bool" . }}{{ . }}
{{- else if kindIs "float64" . }}{{ if eq (floor .) . }}{{ printf "%.0f" . }}{{ else }}{{ . }}{{ end }}
{{- else if kindIs "slice" . }}[{{ range $i, $one := . }}{{ if $i }}, {{ end }}{{ include "courant.toml.value" $one }}{{ end }}]
{{- else if kindIs "map" . }}{ {{- range $i, $key := keys . | sortAlpha }}{{ if $i }},{{ end }} {{ include "courant.toml.key" $key }} = {{ include "courant.toml.value" (index $ $key) }}{{ end }} }
{{- else }}{{ . }}
{{- end -}}
{{- end }}

{{/* A table with its tables below it: (dict "table" map "path" "kafka"). librdkafka takes text only, so its settings are quoted. */}}
{{- define "courant.toml.table" -}}
{{- $path := .path -}}
{{- range $key, $value := .table }}
{{- if not (or (kindIs "map" $value) (kindIs "invalid" $value)) }}
{{- $text := include "courant.toml.value" $value }}
{{- if and (eq $path "kafka.properties") (not (kindIs "string" $value)) }}{{ $text = quote $text }}{{ end }}
{{ include "courant.toml.key" $key }} = {{ $text }}
{{- end }}
{{- end }}
{{- range $key, $value := .table }}
{{- if and (kindIs "map" $value) $value }}
{{- $below := include "courant.toml.key" $key }}
{{- if $path }}{{ $below = printf "%s.%s" $path $below }}{{ end }}

[{{ $below }}]
{{- include "courant.toml.table" (dict "table" $value "path" $below) }}
{{- end }}
{{- end }}
{{- end }}

{{/* The whole file of a role. */}}
{{- define "courant.toml" -}}
{{- include "courant.toml.table" (dict "table" (include "courant.settings" . | fromYaml) "path" "") | trim }}
{{- end }}

{{/* The admin port of a role, from admin.listen. */}}
{{- define "courant.adminPort" -}}
{{- $settings := include "courant.settings" . | fromYaml -}}
{{- regexFind "[0-9]+$" $settings.admin.listen -}}
{{- end }}

{{/* Seconds from SIGTERM to SIGKILL: shutdown.grace and 15 more, to leave the group and close. */}}
{{- define "courant.killAfter" -}}
{{- $settings := include "courant.settings" . | fromYaml -}}
{{- $grace := $settings.shutdown.grace -}}
{{- $count := regexFind "^[0-9]+" $grace | int -}}
{{- if hasSuffix "m" $grace }}{{ $count = mul $count 60 }}{{ end -}}
{{- add $count 15 -}}
{{- end }}
