"""The adapt loop: watch a device, adapt it when that pays, prove each step; pure decisions, one worker a port."""
