"""MQTT: reports and states to a broker, with discovery for Home Assistant. Publishes only; subscribes to nothing."""
