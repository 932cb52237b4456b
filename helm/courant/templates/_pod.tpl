{{/*
The pod of every role: (dict "root" $ "role" "poller" "args" (list "poller")). Services take probes and a port; a job does not.
The config file comes from the ConfigMap of the role's name.
*/}}
{{- define "courant.pod" -}}
{{- $values := .root.Values -}}
{{- $own := index $values .role -}}
{{- $job := .job | default false -}}
metadata:
  labels:
    {{- include "courant.labels" . | nindent 4 }}
    {{- with $values.pod.labels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    # A changed configuration starts new pods.
    checksum/config: {{ include "courant.toml" . | sha256sum }}
    {{- with $values.pod.annotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  # A job of a hook runs before the release's own account exists. No pod speaks to the Kubernetes API.
  serviceAccountName: {{ ternary "default" (include "courant.serviceAccount" .root) $job }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile: {type: RuntimeDefault}
  {{- if $job }}
  restartPolicy: Never
  {{- end }}
  terminationGracePeriodSeconds: {{ include "courant.killAfter" . }}
  containers:
    - name: {{ .role }}
      image: "{{ $values.image.repository }}:{{ $values.image.tag | default .root.Chart.AppVersion }}"
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: {{ append .args "--config=/etc/courant/courant.toml" | toJson }}
      {{- $enricher := eq .role "enricher" }}
      {{- if or $enricher $values.kafka.credentials.secretName $values.pod.env }}
      env:
        {{- if $enricher }}
        # Free memory goes back after so many milliseconds; after ten times as many, the allocator's own choice, some 20 MB more are resident.
        - {name: MIMALLOC_PURGE_DELAY, value: "100"}
        {{- end }}
        {{- with $values.kafka.credentials }}{{ if .secretName }}
        - name: COURANT_KAFKA__PROPERTIES__SASL_USERNAME
          valueFrom: {secretKeyRef: {name: {{ .secretName }}, key: {{ .usernameKey }}}}
        - name: COURANT_KAFKA__PROPERTIES__SASL_PASSWORD
          valueFrom: {secretKeyRef: {name: {{ .secretName }}, key: {{ .passwordKey }}}}
        {{- end }}{{ end }}
        {{- with $values.pod.env }}{{ toYaml . | nindent 8 }}{{ end }}
      {{- end }}
      {{- if not $job }}
      ports:
        - {name: admin, containerPort: {{ include "courant.adminPort" . }}}
      # Dead when its stages stand still; not when Kafka is away, which a restart cannot mend.
      livenessProbe:
        httpGet: {path: /livez, port: admin}
        periodSeconds: 10
        timeoutSeconds: 3
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: admin}
        periodSeconds: 5
        timeoutSeconds: 3
      {{- end }}
      resources: {{- toYaml $own.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        - {name: config, mountPath: /etc/courant/courant.toml, subPath: courant.toml, readOnly: true}
        {{- if $values.kafka.tls.secretName }}
        - {name: tls, mountPath: /etc/courant/tls, readOnly: true}
        {{- end }}
  volumes:
    - name: config
      configMap: {name: {{ include "courant.name" .root }}-{{ .role }}}
    {{- with $values.kafka.tls.secretName }}
    - name: tls
      secret: {secretName: {{ . }}, defaultMode: 0440}
    {{- end }}
  {{- if not $job }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "courant.selector" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  {{- with $values.pod.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.pod.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.pod.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.pod.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end }}
