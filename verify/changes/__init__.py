"""What a change does: functions compared without a spec."""
