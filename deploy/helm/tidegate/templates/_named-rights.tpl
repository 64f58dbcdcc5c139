{{/* A Role in each namespace for objects by name, and its binding. Takes `root`, `name`, `resource`, `objects` (each `namespace/name`). */}}
{{- define "tidegate.namedRights" -}}
{{- $all := . -}}
{{- $names := dict -}}
{{- range .objects -}}
{{- $namespace := splitList "/" . | first -}}
{{- $_ := set $names $namespace (append (get $names $namespace | default list) (splitList "/" . | last)) -}}
{{- end -}}
{{- range $namespace, $list := $names }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $all.name }}
  namespace: {{ $namespace }}
  labels:
    {{- include "tidegate.labels" $all.root | nindent 4 }}
rules:
  # Lists and watches pass when they ask for one of these names alone, by field selector.
  - apiGroups: [""]
    resources: [{{ $all.resource }}]
    resourceNames:
      {{- toYaml $list | nindent 6 }}
    verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $all.name }}
  namespace: {{ $namespace }}
  labels:
    {{- include "tidegate.labels" $all.root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $all.name }}
{{ include "tidegate.subjects" $all.root }}
{{- end }}
{{- end -}}
